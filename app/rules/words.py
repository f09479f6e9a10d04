"""Rules in plain Swedish and English, with the comparator spelled out.

Pure. Employers mean different things by "five times", so a rule never says just that.
"""

from collections.abc import Sequence
from datetime import date

from app.rules.document import All, AnyOf, Condition, Leaf, Not, RuleDocument, leaves
from app.rules.language import (
    Language,
    day_in_words,
    listed,
    sentence,
)
from app.rules.phrases import comparison, figure, limit

_OPPOSITES = {"less_than": "at_least", "at_most": "more_than"}
"""What holds where one of these does not."""
_JOINTS: dict[Language, tuple[str, str, str]] = {
    "sv": ("och", "eller", "inte"),
    "en": ("and", "or", "not"),
}
_OFFERS: dict[Language, dict[str, str]] = {
    "sv": {
        "health_talk": "ett hälsosamtal hos företagshälsovården",
        "rehabilitation_investigation": "en rehabiliteringsutredning hos företagshälsovården",
    },
    "en": {
        "health_talk": "a health talk with occupational health",
        "rehabilitation_investigation": "a rehabilitation investigation with occupational health",
    },
}
_BY_A_PERSON: dict[Language, str] = {
    "sv": " när en namngiven person hos arbetsgivaren har beslutat det",
    "en": " once a named person at the employer has decided so",
}
_AT_MOST_ONCE: dict[Language, str] = {
    "sv": ", högst en gång på {} dagar",
    "en": ", at most once in {} days",
}


def in_words(condition: Condition, language: Language) -> str:
    """The condition as a phrase: "five or more short absence episodes within twelve months".

    Parts that are conditions themselves stand in brackets; one part alone is said as it is.
    """
    both, either, negated = _JOINTS[language]
    match bare(condition):
        case Leaf() as leaf:
            return comparison(leaf, language)
        case All(all=inner):
            return f", {both} ".join(_part(part, language) for part in inner)
        case AnyOf(any=inner):
            return f", {either} ".join(_part(part, language) for part in inner)
        case Not(not_=part):
            return f"{negated} {_denied(part, language)}"


def rule_in_words(rule: RuleDocument, language: Language) -> str:
    """One sentence: when the rule asks for attention, who acts then and what follows."""
    followed = follows(rule, language)
    if rule.rearm_days > 1:
        followed += _AT_MOST_ONCE[language].format(rule.rearm_days)
    return sentence(f"{when(rule.when, language)}{followed}")


def when(condition: Condition, language: Language) -> str:
    """The condition as the beginning of a sentence about what follows."""
    condition = bare(condition)
    if isinstance(condition, Not):
        inner = _denied(condition.not_, language)
        return {"sv": f"utan {inner} ", "en": f"without {inner}, "}[language]
    phrase = in_words(condition, language)
    pause = "" if isinstance(condition, Leaf) else ","
    return {"sv": f"vid {phrase}{pause} ", "en": f"with {phrase}, "}[language]


def follows(rule: RuleDocument, language: Language) -> str:
    """Who acts on a rule, and what follows, as the end of a sentence."""
    if rule.action == "notify":
        return {
            "sv": "får chefen besked och kan erbjuda ett omtankesamtal",
            "en": "the manager is told, and may offer a caring talk",
        }[language]
    by = _BY_A_PERSON[language] if rule.release == "manual" else ""
    is_offered = {"sv": "erbjuds medarbetaren", "en": "the employee is offered"}[language]
    return f"{is_offered} {offer(rule, language)}{by}"


def offer(rule: RuleDocument, language: Language) -> str:
    """What a rule that refers offers the employee."""
    return _OFFERS[language][rule.referral_service]


def verdict(
    condition: Condition, values: Sequence[int], day: date, *, holds: bool, language: Language
) -> str:
    """One sentence on one day: the figures, what is asked, and whether it is met.

    `values`: of each comparison, in reading order.
    """
    return sentence(judgement(condition, values, day, holds=holds, language=language))


def not_applying(day: date, language: Language) -> str:
    """One sentence on a day on which a rule asks for nothing."""
    on = day_in_words(day, language)
    return {
        "sv": f"Regeln gäller inte den {on}.",
        "en": f"The rule does not apply on {on}.",
    }[language]


def judgement(
    condition: Condition, values: Sequence[int], day: date, *, holds: bool, language: Language
) -> str:
    """The same as the beginning of a longer sentence."""
    figures = figures_in_words(condition, values, language)
    on = day_in_words(day, language)
    if language == "sv":
        met = "är uppfylld" if holds else "är inte uppfylld"
        return f"den {on} räknas {figures}; regeln gäller {_asked(condition, 'sv')} och {met}"
    met = "is met" if holds else "is not met"
    return f"on {on} the count is {figures}; the rule applies {_asked(condition, 'en')} and {met}"


def _asked(condition: Condition, language: Language) -> str:
    """What a rule asks for, after the figures: of one comparison its limit alone."""
    condition = bare(condition)
    if isinstance(condition, Leaf):
        return limit(condition, language)
    return f"{when(condition, language).strip(' ,')},"


def figures_in_words(condition: Condition, values: Sequence[int], language: Language) -> str:
    """The figures of a condition, each once, in reading order."""
    both = _JOINTS[language][0]
    asked = zip(leaves(condition), values, strict=True)
    said = (figure(leaf, value, language) for leaf, value in asked)
    return listed(list(dict.fromkeys(said)), both)


def bare(condition: Condition) -> Condition:
    """The condition without an `all` or `any` of one part around it.

    "Not fewer than five" is said as what it comes to: "five or more".
    """
    match condition:
        case All(all=[only]) | AnyOf(any=[only]):
            return bare(only)
        case Not(not_=part):
            denied = bare(part)
            if isinstance(denied, Leaf) and denied.op in _OPPOSITES:
                return denied.model_copy(update={"op": _OPPOSITES[denied.op]})
    return condition


def _part(condition: Condition, language: Language) -> str:
    condition = bare(condition)
    phrase = in_words(condition, language)
    return phrase if _stands_alone(condition) else f"({phrase})"


def _denied(condition: Condition, language: Language) -> str:
    condition = bare(condition)
    phrase = in_words(condition, language)
    return phrase if isinstance(condition, Leaf) else f"({phrase})"


def _stands_alone(condition: Condition) -> bool:
    """Whether nobody could misread where it ends among others: a comparison, or one denied."""
    if isinstance(condition, Not):
        return isinstance(bare(condition.not_), Leaf)
    return isinstance(condition, Leaf)
