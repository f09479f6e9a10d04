"""One comparison in words: what is asked, what was counted, and what more or less would be.

Pure. Singular and plural, gender and order follow the number, in both languages.
"""

from app.rules.document import Leaf
from app.rules.language import Language, listed, number_in_words, weekday_in_words
from app.rules.nouns import COMPARED, NOUNS, STRETCHES, UNCHANGED, UP_AND_DOWN

_MIRRORED = {
    "at_least": "at_most",
    "more_than": "less_than",
    "at_most": "at_least",
    "less_than": "more_than",
}


def comparison(leaf: Leaf, language: Language) -> str:
    """What is asked: "five or more short absence episodes within twelve months"."""
    if leaf.measure == "episode_increase":
        return f"{_increase(leaf, language)} {_compared_windows(leaf, language)}"
    return f"{_counted(leaf, leaf.op, leaf.value, language)}{_within(leaf, language)}"


def limit(leaf: Leaf, language: Language) -> str:
    """The comparator and its number alone, after the figure: "at five or more"."""
    if leaf.measure == "episode_increase":
        return {"sv": "vid ", "en": "with "}[language] + _increase(leaf, language)
    compared = _compared(leaf, leaf.op, leaf.value, language)
    # Nobody says "at at most five".
    at = "with" if leaf.op == "at_most" else "at"
    return {"sv": f"vid {compared}", "en": f"{at} {compared}"}[language]


def figure(leaf: Leaf, value: int, language: Language) -> str:
    """What was counted, with its number: "five short absence episodes within twelve months"."""
    if leaf.measure == "episode_increase":
        return _change(leaf, value, language)
    none = {"sv": "inga", "en": "no"}[language]
    counted = "".join(_noun(leaf, language, several=value != 1))
    number = none if value == 0 else _number(leaf, value, language)
    return f"{number} {counted}{_within(leaf, language)}"


def difference(leaf: Leaf, value: int, other: int, language: Language) -> str:
    """How much more or less another value would be: "one short absence episode fewer".

    An increase is less by what is taken from its latest window. Points cannot be taken away one
    by one: there the other value is said.
    """
    if leaf.measure == "bradford":
        return figure(leaf, other, language)
    by = abs(other - value)
    head, tail = _noun(leaf, language, several=by != 1)
    more = {"sv": ("till", "färre"), "en": ("more", "fewer")}[language][other < value]
    if leaf.measure == "episode_increase":
        within = f" {_latest_and_before(leaf, language)[0]}"
    else:
        within = _within(leaf, language)
    return f"{_number(leaf, by, language)} {head} {more}{tail}{within}"


def _counted(leaf: Leaf, op: str, number: int, language: Language) -> str:
    """The comparator, its number and what is counted."""
    several = number != 1 or op == "at_least"
    noun = "".join(_noun(leaf, language, several=several))
    return f"{_compared(leaf, op, number, language)} {noun}"


def _compared(leaf: Leaf, op: str, number: int, language: Language) -> str:
    compared = COMPARED[language][op].format(_number(leaf, number, language))
    # "Ett eller flera" is the idiom; of two and more it is "två eller fler".
    return compared.replace("eller fler", "eller flera") if number == 1 else compared


def _increase(leaf: Leaf, language: Language) -> str:
    """How the number of short episodes has changed, as a comparison with no change or some."""
    if leaf.value == 0:
        return UNCHANGED[language][leaf.op].format(*_noun(leaf, language, several=True))
    up = leaf.value > 0
    op = leaf.op if up else _MIRRORED[leaf.op]
    turn = UP_AND_DOWN[language][not up]
    phrase = turn.by.format(_counted(leaf, op, abs(leaf.value), language))
    return turn.or_none.format(phrase) if op in ("at_most", "less_than") else phrase


def _change(leaf: Leaf, value: int, language: Language) -> str:
    """How the number of short episodes has changed, as a figure."""
    noun, _ = _noun(leaf, language, several=abs(value) != 1)
    number = _number(leaf, abs(value), language)
    latest, before = _latest_and_before(leaf, language)
    more = value > 0
    if language == "sv":
        if value == 0:
            return f"lika många {noun} {latest} som {before}"
        return f"{number} {noun} {'fler' if more else 'färre'} {latest} än {before}"
    if value == 0:
        return f"as many {noun} {latest} as in {before}"
    return f"{number} {'more' if more else 'fewer'} {noun} {latest} than in {before}"


def _compared_windows(leaf: Leaf, language: Language) -> str:
    latest, before = _latest_and_before(leaf, language)
    return f"{latest} {'jämfört med' if language == 'sv' else 'compared with'} {before}"


def _latest_and_before(leaf: Leaf, language: Language) -> tuple[str, str]:
    unit, length = _form(leaf)
    stretch = STRETCHES[language][unit]
    several = length != 1
    number = number_in_words(length, language, "en")
    return stretch.latest[several].format(number), stretch.before[several].format(number)


def _within(leaf: Leaf, language: Language) -> str:
    if leaf.window is None:
        return ""
    unit, length = _form(leaf)
    within = STRETCHES[language][unit].within[length != 1]
    return f" {within.format(number_in_words(length, language, 'en'))}"


def _form(leaf: Leaf) -> tuple[str, int]:
    assert leaf.window is not None  # noqa: S101 - documents are validated
    return leaf.window.form


def _noun(leaf: Leaf, language: Language, *, several: bool) -> tuple[str, str]:
    """What is counted, and what follows it."""
    noun = NOUNS[language][leaf.measure]
    names = [weekday_in_words(day, language) for day in sorted(set(leaf.weekdays or ()))]
    tail = (
        noun.tail.format(weekdays=listed(names, {"sv": "eller", "en": "or"}[language]))
        if names
        else noun.tail
    )
    return (noun.several if several else noun.one), tail


def _number(leaf: Leaf, number: int, language: Language) -> str:
    return number_in_words(number, language, NOUNS[language][leaf.measure].gender)
