"""What a referral rests on, in figures: episodes of twelve months, their days and weekdays.

Pure. What occupational health asks for in a referral (domain.md 4), save the cause, which the
service does not have: number of episodes, number of days, and on which weekdays they begin.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from app.absences.history import History
from app.rules.windows import window_start

Stretch = tuple[date, date]
"""First and last day, both included."""

MONTHS = 12
"""Months that the figures cover, up to and including the day they are given for."""


@dataclass(frozen=True, slots=True)
class Episode:
    """First and last day, both included, and how many of the days between were sick days."""

    first_day: date
    last_day: date
    sick_days: int
    short: bool


@dataclass(frozen=True, slots=True)
class Basis:
    """The episodes that began from `first_day` to `last_day`, cut off after that day."""

    first_day: date
    last_day: date
    episodes: tuple[Episode, ...]

    @property
    def short(self) -> int:
        """How many of the episodes are short by the employer's policy."""
        return sum(episode.short for episode in self.episodes)

    @property
    def sick_days(self) -> int:
        """Sick days of all the episodes."""
        return sum(episode.sick_days for episode in self.episodes)

    @property
    def weekday_starts(self) -> tuple[int, ...]:
        """How many episodes begin on each weekday, Monday first."""
        begun = [episode.first_day.weekday() for episode in self.episodes]
        return tuple(begun.count(weekday) for weekday in range(7))


def basis_on(history: History, day: date) -> Basis:
    """The basis as it was on `day`, at most the history's `as_of`."""
    last = day.toordinal()
    first = window_start("months", MONTHS, last)
    groups = history.episodes
    begun = range(bisect_left(groups.firsts, first), groups.at(last) + 1)
    episodes = tuple(
        Episode(
            date.fromordinal(groups.firsts[index]),
            date.fromordinal(groups.last_on(index, last)),
            groups.size_on(index, last),
            groups.is_short_on(index, last),
        )
        for index in begun
    )
    return Basis(date.fromordinal(first), day, episodes)


def stretches_counted(comparisons: Iterable[Mapping[str, Any]]) -> list[Stretch]:
    """The days that made a rule true, from the decisive comparisons of its trace: each stretch
    once, in order; one within another is left out.
    """
    found = {
        (date.fromisoformat(episode["first_day"]), date.fromisoformat(episode["last_day"]))
        for one in comparisons
        for episode in one["counted"]
    }
    # The longer of two that begin together comes first, so that it takes in the shorter.
    ordered = sorted(found, key=lambda stretch: (stretch[0], -stretch[1].toordinal()))
    kept: list[Stretch] = []
    for first, last in ordered:
        if not kept or last > kept[-1][1]:
            kept.append((first, last))
    return kept
