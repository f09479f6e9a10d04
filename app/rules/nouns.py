"""What rules count, compare and look back on, as words: the tables behind `app.rules.words`.

Pure data. A noun has a form for one and a form for several, and in Swedish a gender.
"""

from typing import NamedTuple

from app.rules.language import Gender, Language


class Noun(NamedTuple):
    """What is counted; `{weekdays}` stands where the weekdays of a comparison go.

    `tail`: what follows the noun, so that "färre" can come between.
    """

    one: str
    several: str
    tail: str = ""
    gender: Gender = "ett"


class Stretch(NamedTuple):
    """A unit of time: as a window, as the time just gone, and as the time before that.

    Each for one of the unit, and with `{}` for several.
    """

    within: tuple[str, str]
    latest: tuple[str, str]
    before: tuple[str, str]
    gender: Gender


_SV_SHORT = Noun("kort sjukfrånvarotillfälle", "korta sjukfrånvarotillfällen")
_EN_SHORT = Noun("short absence episode", "short absence episodes")


def _sv_episode(tail: str) -> Noun:
    return Noun("sjukfrånvarotillfälle", "sjukfrånvarotillfällen", tail)


def _sv_day(tail: str = "") -> Noun:
    return Noun("sjukdag", "sjukdagar", tail, "en")


NOUNS: dict[Language, dict[str, Noun]] = {
    "sv": {
        "episodes": _SV_SHORT,
        "all_episodes": _sv_episode(" oavsett längd"),
        "short_days": _sv_day(" i korta sjukfrånvarotillfällen"),
        "sick_days": _sv_day(),
        "bradford": Noun("Bradfordpoäng", "Bradfordpoäng"),
        "weekday_starts": _sv_episode(" som börjar på en {weekdays}"),
        "episode_increase": _SV_SHORT,
        "ongoing_days": _sv_day(" i följd"),
        "period_days": _sv_day(" i sjuklöneperioden"),
    },
    "en": {
        "episodes": _EN_SHORT,
        "all_episodes": Noun("absence episode", "absence episodes", " of any length"),
        "short_days": Noun("sick day", "sick days", " in short absence episodes"),
        "sick_days": Noun("sick day", "sick days"),
        "bradford": Noun("Bradford point", "Bradford points"),
        "weekday_starts": Noun("absence episode", "absence episodes", " beginning on a {weekdays}"),
        "episode_increase": _EN_SHORT,
        "ongoing_days": Noun("consecutive sick day", "consecutive sick days"),
        "period_days": Noun("sick day", "sick days", " in the sick-pay period"),
    },
}
COMPARED: dict[Language, dict[str, str]] = {
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
STRETCHES: dict[Language, dict[str, Stretch]] = {
    "sv": {
        "days": Stretch(
            ("under en dag", "under {} dagar"),
            ("den senaste dagen", "de senaste {} dagarna"),
            ("dagen dessförinnan", "de {} dagarna dessförinnan"),
            "en",
        ),
        "weeks": Stretch(
            ("under en vecka", "under {} veckor"),
            ("den senaste veckan", "de senaste {} veckorna"),
            ("veckan dessförinnan", "de {} veckorna dessförinnan"),
            "en",
        ),
        "months": Stretch(
            ("under en månad", "under {} månader"),
            ("den senaste månaden", "de senaste {} månaderna"),
            ("månaden dessförinnan", "de {} månaderna dessförinnan"),
            "en",
        ),
    },
    "en": {
        "days": Stretch(
            ("within one day", "within {} days"),
            ("on the last day", "in the last {} days"),
            ("the day before", "the {} days before"),
            "en",
        ),
        "weeks": Stretch(
            ("within one week", "within {} weeks"),
            ("in the last week", "in the last {} weeks"),
            ("the week before", "the {} weeks before"),
            "en",
        ),
        "months": Stretch(
            ("within one month", "within {} months"),
            ("in the last month", "in the last {} months"),
            ("the month before", "the {} months before"),
            "en",
        ),
    },
}


class Turn(NamedTuple):
    """A change in one direction: by how many, and that none at all is enough as well."""

    by: str
    or_none: str


UP_AND_DOWN: dict[Language, tuple[Turn, Turn]] = {
    "sv": (
        Turn("en ökning med {}", "{}, eller ingen ökning,"),
        Turn("en minskning med {}", "{}, eller ingen minskning,"),
    ),
    "en": (
        Turn("an increase by {}", "{}, or no increase,"),
        Turn("a decrease by {}", "{}, or no decrease,"),
    ),
}
UNCHANGED: dict[Language, dict[str, str]] = {
    "sv": {
        "at_least": "ingen minskning av antalet {}",
        "more_than": "en ökning av antalet {}",
        "at_most": "ingen ökning av antalet {}",
        "less_than": "en minskning av antalet {}",
    },
    "en": {
        "at_least": "no decrease in {}",
        "more_than": "an increase in {}",
        "at_most": "no increase in {}",
        "less_than": "a decrease in {}",
    },
}
"""A change compared with none."""
