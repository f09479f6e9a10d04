"""Days that were reported and that no rule counts, each with the reason why.

Pure. The counterpart of C(d) of semantics 3, for whoever asks why a day is missing from a count.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Literal, NamedTuple

from app.absences.days import Part, merged
from app.absences.fold import Absence
from app.absences.history import History
from app.absences.policy import Period

Reason = Literal[
    "exclusion_window", "extent_below_min", "outside_employment", "other_kind", "cancelled"
]
SICK: frozenset[str] = frozenset({"exclusion_window", "extent_below_min"})
"""Reasons of sick days that only the employer's counting policy leaves out."""


class Aside(NamedTuple):
    """Consecutive days with one reason, both ends included."""

    first: int
    last: int
    reason: Reason


def set_aside(parts: Iterable[Part], history: History) -> list[Aside]:
    """What was said of days up to the history's `as_of` and is not among its counted days.

    A day that counts by another absence is not set aside. Of several reasons the one that came
    nearest to counting is given.
    """
    sick, policy = frozenset(history.sick), history.policy
    reasons: dict[int, Reason] = {}
    for day in sick.difference(history.counted):
        reasons[day] = "exclusion_window" if policy.is_excluded(day) else "extent_below_min"
    for part in parts:
        for absence in part.absences:
            for first, last, reason in _uncounted(absence, part.employment, history):
                for day in range(first, last + 1):
                    if day not in sick and _rank(reason) < _rank(reasons.get(day)):
                        reasons[day] = reason
    return list(_stretches(reasons))


def _uncounted(
    absence: Absence, employment: Sequence[Period], history: History
) -> Iterator[tuple[int, int, Reason]]:
    """The days of an absence that are not sick days by it."""
    if absence.first_day is None or absence.empty:
        return
    first = absence.first_day.toordinal()
    if absence.cancelled:
        # How long one without an end would have lasted, nobody knows.
        yield first, min(_end(absence, first), history.as_of), "cancelled"
        return
    last = min(_end(absence, history.as_of), history.as_of)
    if not absence.counts(history.policy.counted_kinds):
        yield first, last, "other_kind"
    elif employment:
        for begun, ended in _gaps(merged(employment), first, last):
            yield begun, ended, "outside_employment"


def _end(absence: Absence, otherwise: int) -> int:
    return otherwise if absence.last_day is None else absence.last_day.toordinal()


def _gaps(periods: Sequence[Period], first: int, last: int) -> Iterator[tuple[int, int]]:
    """The stretches from `first` to `last` that no period covers; periods in order, disjoint."""
    at = first
    for begun, ended in periods:
        if begun > last:
            break
        if at < begun:
            yield at, begun - 1
        if ended is None:
            return
        at = max(at, ended + 1)
    if at <= last:
        yield at, last


_RANKS: tuple[Reason, ...] = ("outside_employment", "other_kind", "cancelled")


def _rank(reason: Reason | None) -> int:
    return _RANKS.index(reason) if reason in _RANKS else len(_RANKS)


def _stretches(reasons: dict[int, Reason]) -> Iterator[Aside]:
    ordered = sorted(reasons.items())
    numbered = ((day - place, day, reason) for place, (day, reason) in enumerate(ordered))
    for (_, reason), run in groupby(numbered, key=lambda one: (one[0], one[2])):
        days = [day for _, day, _ in run]
        yield Aside(days[0], days[-1], reason)
