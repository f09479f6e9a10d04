"""Conditions in plain Swedish and English, with the comparator spelled out.

Pure. Employers mean different things by "five times", so a rule never says just that.
"""

from typing import Literal

from app.rules.document import All, AnyOf, Condition, Leaf, Not

Language = Literal["sv", "en"]

_NUMBERS: dict[Language, tuple[str, ...]] = {
    "sv": (
        "noll",
        "1",
        "två",
        "tre",
        "fyra",
        "fem",
        "sex",
        "sju",
        "åtta",
        "nio",
        "tio",
        "elva",
        "tolv",
    ),
    "en": (
        "zero",
        "1",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
    ),
}
_OPS: dict[Language, dict[str, str]] = {
    "sv": {
        "at_least": "{} eller fler",
        "more_than": "fler än {}",
        "at_most": "högst {}",
        "less_than": "färre än {}",
    },
    "en": {
        "at_least": "{} or more",
        "more_than": "more than {}",
        "at_most": "at most {}",
        "less_than": "fewer than {}",
    },
}
_MEASURES: dict[Language, dict[str, str]] = {
    "sv": {
        "episodes": "korta sjukfrånvarotillfällen",
        "all_episodes": "sjukfrånvarotillfällen",
        "short_days": "sjukdagar i korta sjukfrånvarotillfällen",
        "sick_days": "sjukdagar",
        "bradford": "Bradfordpoäng",
        "weekday_starts": "sjukfrånvarotillfällen som börjar på en {weekdays}",
        "episode_increase": "korta sjukfrånvarotillfällen utöver dem i perioden före",
        "ongoing_days": "sjukdagar i följd",
        "period_days": "sjukdagar i sjuklöneperioden",
    },
    "en": {
        "episodes": "short absence episodes",
        "all_episodes": "absence episodes",
        "short_days": "sick days in short absence episodes",
        "sick_days": "sick days",
        "bradford": "Bradford points",
        "weekday_starts": "absence episodes that begin on a {weekdays}",
        "episode_increase": "short absence episodes beyond those of the period before",
        "ongoing_days": "consecutive sick days",
        "period_days": "sick days in the sick-pay period",
    },
}
_UNITS: dict[Language, dict[str, tuple[str, str]]] = {
    "sv": {
        "days": ("under 1 dag", "under {} dagar"),
        "weeks": ("under 1 vecka", "under {} veckor"),
        "months": ("under 1 månad", "under {} månader"),
    },
    "en": {
        "days": ("within 1 day", "within {} days"),
        "weeks": ("within 1 week", "within {} weeks"),
        "months": ("within 1 month", "within {} months"),
    },
}
_WEEKDAYS: dict[Language, tuple[str, ...]] = {
    "sv": ("måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag", "söndag"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_JOINS: dict[Language, tuple[str, str, str]] = {
    "sv": ("och", "eller", "inte"),
    "en": ("and", "or", "not"),
}
_ANSWERS: dict[Language, tuple[str, str]] = {
    "sv": ("villkoret är uppfyllt", "villkoret är inte uppfyllt"),
    "en": ("the condition is met", "the condition is not met"),
}


def in_words(condition: Condition, language: Language) -> str:
    """The condition as a phrase: "five or more short absence episodes within twelve months"."""
    both, either, negated = _JOINS[language]
    match condition:
        case Leaf():
            return _leaf(condition, language)
        case All(all=inner):
            return f" {both} ".join(_part(part, language) for part in inner)
        case AnyOf(any=inner):
            return f" {either} ".join(_part(part, language) for part in inner)
        case Not(not_=part):
            return f"{negated} {_part(part, language)}"


def verdict(condition: Condition, *, holds: bool, values: list[int], language: Language) -> str:
    """One sentence: what is asked, what the figures are, and whether it is met."""
    phrase = in_words(condition, language)
    figures = ", ".join(str(value) for value in values)
    answer = _ANSWERS[language][0 if holds else 1]
    is_ = {"sv": "utfallet är", "en": "the outcome is"}[language]
    return f"{phrase[0].upper()}{phrase[1:]}: {is_} {figures}, {answer}."


def _part(condition: Condition, language: Language) -> str:
    phrase = in_words(condition, language)
    return phrase if isinstance(condition, Leaf) else f"({phrase})"


def _leaf(leaf: Leaf, language: Language) -> str:
    either = f" {_JOINS[language][1]} "
    days = either.join(_WEEKDAYS[language][day - 1] for day in leaf.weekdays or ())
    compared = _OPS[language][leaf.op].format(_number(leaf.value, language))
    phrase = f"{compared} {_MEASURES[language][leaf.measure].format(weekdays=days)}"
    if leaf.window is None:
        return phrase
    unit, length = leaf.window.form
    one, several = _UNITS[language][unit]
    within = one if length == 1 else several.format(_number(length, language))
    return f"{phrase} {within}"


def _number(number: int, language: Language) -> str:
    return _NUMBERS[language][number] if 0 <= number <= 12 else str(number)
