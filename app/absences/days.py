"""From absences to sick days: A(d) of semantics 3, with the extent of each day.

Pure. Work is done on runs of days and only expanded at the end, so cost follows the length of
the employee's own history.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from app.absences.fold import Absence
from app.absences.policy import Period, Policy


class Run(NamedTuple):
    """Consecutive sick days, both ends included, with the extent of each in percent."""

    first: int
    last: int
    extent: int


class Part(NamedTuple):
    """What one employment says: its absences and its periods."""

    absences: Sequence[Absence]
    employment: Sequence[Period]


def sick_runs(
    absences: Iterable[Absence], policy: Policy, employment: Sequence[Period], *, as_of: int
) -> list[Run]:
    """The sick days up to `as_of`, as disjoint runs in order.

    An ongoing absence reaches to `as_of`; a day covered twice adds its extents, at most 100.
    An empty `employment` limits nothing.
    """
    pieces = [
        piece
        for absence in absences
        if absence.counts(policy.counted_kinds)
        for piece in pieces_of(absence, as_of)
    ]
    return list(_within(_sum(pieces), merged(employment))) if employment else _sum(pieces)


def sick_runs_of_all(parts: Iterable[Part], policy: Policy, *, as_of: int) -> list[Run]:
    """The sick days of somebody with several employments, as disjoint runs in order.

    Each employment limits its own absences alone; a day of several adds its extents, at most 100.
    """
    runs = [sick_runs(part.absences, policy, part.employment, as_of=as_of) for part in parts]
    return runs[0] if len(runs) == 1 else _sum(run for own in runs for run in own)


def pieces_of(absence: Absence, as_of: int) -> Iterator[Run]:
    """The stretches of one absence, which has a first day, with one extent each, up to `as_of`."""
    assert absence.first_day is not None  # noqa: S101 - it counts, so it has one
    first = absence.first_day.toordinal()
    last = as_of if absence.last_day is None else min(absence.last_day.toordinal(), as_of)
    start, extent = first, absence.extent
    for day, following in absence.extents:
        change = day.toordinal()
        if change > last:
            break
        if start < change:
            yield Run(start, change - 1, extent)
        start, extent = max(start, change), following
    if start <= last:
        yield Run(start, last, extent)


def _sum(pieces: Iterable[Run]) -> list[Run]:
    """The pieces in order where none overlaps another, as with almost everybody; else swept."""
    ordered = sorted(pieces)
    apart = all(before.last < after.first for before, after in pairwise(ordered))
    return ordered if apart else list(_swept(ordered))


def _swept(pieces: Iterable[Run]) -> Iterator[Run]:
    """Sweep over the boundaries; between two of them nothing changes."""
    covered: defaultdict[int, int] = defaultdict(int)
    extents: defaultdict[int, int] = defaultdict(int)
    for first, last, extent in pieces:
        covered[first] += 1
        covered[last + 1] -= 1
        extents[first] += extent
        extents[last + 1] -= extent
    depth = total = previous = 0
    for boundary in sorted(covered):
        if depth:
            yield Run(previous, boundary - 1, min(100, total))
        depth += covered[boundary]
        total += extents[boundary]
        previous = boundary


def merged(periods: Iterable[Period]) -> list[Period]:
    """The same days as disjoint periods in order; reversed ones (empty) are dropped."""
    joined: list[Period] = []
    for first, last in sorted(periods, key=lambda p: p[0]):
        if last is not None and last < first:
            continue
        if joined and (joined[-1][1] is None or joined[-1][1] >= first - 1):
            before, end = joined[-1]
            open_ended = end is None or last is None
            joined[-1] = (before, None if open_ended else max(end or 0, last or 0))
        else:
            joined.append((first, last))
    return joined


def _within(runs: Iterable[Run], periods: Sequence[Period]) -> Iterator[Run]:
    """The parts of `runs` that lie in `periods` (both in order and disjoint)."""
    at = 0
    for first, last, extent in runs:
        while at < len(periods) and (end := periods[at][1]) is not None and end < first:
            at += 1
        for start, end in periods[at:]:
            if start > last:
                break
            yield Run(max(first, start), last if end is None else min(last, end), extent)


def days_of(runs: Iterable[Run]) -> list[int]:
    """Every day of the runs, in order."""
    return [day for first, last, _ in runs for day in range(first, last + 1)]


def counted_days(runs: Sequence[Run], policy: Policy, sick: list[int]) -> list[int]:
    """C(d): the sick days of enough extent that lie in no exclusion window.

    `sick`: the days of the runs, which are the answer where all of them count.
    """
    enough = [run for run in runs if run.extent >= policy.min_extent]
    days = sick if len(enough) == len(runs) else days_of(enough)
    if not policy.exclusion_windows:
        return days
    return [day for day in days if not policy.is_excluded(day)]
