"""Sick leave as reports see it: full-time or part-time on a day, and how much of it in a year.

Pure. Days are ordinals. Sick days are those of the kinds that the employer's policy counts, at any
extent; episodes are joined as that policy joins them.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from app.absences.days import Run, merged
from app.absences.history import History
from app.absences.policy import Period
from app.rules.windows import months_before

Extent = Literal["full_time", "part_time", "none"]
WHOLE = 100
"""Percent of a full-time sick leave (hel sjukskrivning)."""


def extent_on(runs: Sequence[Run], day: int) -> Extent:
    """The sick leave on a day: full-time, part-time or none."""
    for first, last, extent in runs:
        if first <= day <= last:
            return "full_time" if extent >= WHOLE else "part_time"
    return "none"


class Year(NamedTuple):
    """One person's absence in a year: episodes that began in it, and sick days."""

    episodes: int
    sick_days: int


class Years(NamedTuple):
    """The year before and the year after an entry."""

    before: Year
    after: Year


def year_between(history: History, first: int, last: int) -> Year:
    """The absence between two days, both included, that make a year."""
    begun = history.episodes.firsts
    return Year(
        bisect_right(begun, last) - bisect_left(begun, first),
        bisect_right(history.sick, last) - bisect_left(history.sick, first),
    )


def years_around(entry: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The twelve months that end with the day of entry, and the twelve that follow it.

    The first is the window of the rules (semantics 4), so the episode that led to the entry
    counts before it and not after.
    """
    day = date.fromordinal(entry)
    before = months_before(day, 12).toordinal() + 1
    return (before, entry), (entry + 1, months_before(day, -12).toordinal())


def employed_throughout(employment: Sequence[Period], first: int, last: int) -> bool:
    """Whether somebody was employed on every day between; not known counts as employed."""
    return not employment or any(
        begun <= first and (end is None or end >= last) for begun, end in merged(employment)
    )
