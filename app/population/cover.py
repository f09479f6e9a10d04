"""Stretches in any order, overlapping or not, made into disjoint runs on a line.

Pure. All of it is sorting, cumulating and bisecting; nothing walks over people.
"""

from typing import NamedTuple

import numpy as np

from app.population.line import Calendar, after_nothing
from app.population.population import Ints, Periods


class Stretches(NamedTuple):
    """Whose, first and last day, and extent in percent."""

    owner: Ints
    first: Ints
    last: Ints
    extent: Ints


class Covered(NamedTuple):
    """Disjoint stretches in order, as places on a line, with the extent of each."""

    first: Ints
    last: Ints
    extent: Ints


def limited(stretches: Stretches, periods: Periods) -> Stretches:
    """The parts of the stretches that lie in a period of their owner; who has none is not limited.

    A period that is reversed holds no day, but limits.
    """
    if not len(periods.employment):
        return stretches
    bound = np.isin(stretches.owner, periods.employment)
    free = Stretches(*(column[~bound] for column in stretches))
    cut = _cut(Stretches(*(column[bound] for column in stretches)), periods)
    return Stretches(*(np.concatenate(both) for both in zip(free, cut, strict=True)))


def _cut(stretches: Stretches, periods: Periods) -> Stretches:
    """Each stretch with each period it meets."""
    held = periods.first <= periods.last
    lows, highs = _merged(*(column[held].astype(np.int64) for column in periods))
    first, last = (_keyed(stretches.owner, day) for day in (stretches.first, stretches.last))
    begin = np.searchsorted(highs, first, "left")
    count = np.maximum(np.searchsorted(lows, last, "right") - begin, 0)
    which, nth = repeated(count)
    period = begin[which] + nth
    return Stretches(
        stretches.owner[which],
        (np.maximum(first[which], lows[period]) & _DAY).astype(np.int32),
        (np.minimum(last[which], highs[period]) & _DAY).astype(np.int32),
        stretches.extent[which],
    )


_DAY = (1 << 22) - 1
"""Room for every day there is."""


def _keyed(owner: Ints, day: Ints) -> Ints:
    return (owner.astype(np.int64) << 22) + day


def _merged(owner: Ints, first: Ints, last: Ints) -> tuple[Ints, Ints]:
    """The same days of each owner as disjoint periods in order."""
    order = np.lexsort((first, owner))
    lows, highs = _keyed(owner, first)[order], _keyed(owner, last)[order]
    reach = np.maximum.accumulate(highs)
    begins = np.flatnonzero(after_nothing(lows[1:] > reach[:-1], first=True)[: len(lows)])
    ends = np.append(begins[1:], len(lows))[: len(begins)]
    return lows[begins], reach[ends - 1]


def repeated(count: Ints) -> tuple[Ints, Ints]:
    """For counts (2, 0, 1): whose each is (0, 0, 2), and the how manieth of it (0, 1, 0)."""
    which = np.repeat(np.arange(len(count)), count)
    begin = np.cumsum(count) - count
    return which, np.arange(len(which)) - begin[which]


def summed(covered: Covered) -> Covered:
    """Ordered stretches that may overlap as disjoint ones; extents add up, to at most 100."""
    first, last, _ = covered
    reach = np.maximum.accumulate(last)
    apart = first[1:] > reach[:-1]
    if apart.all():
        return covered
    alone = after_nothing(apart, first=True) & np.append(apart, True)
    swept = _swept(*(column[~alone] for column in covered))
    both = [np.concatenate([a[alone], b]) for a, b in zip(covered, swept, strict=True)]
    order = np.argsort(both[0], kind="stable")
    return Covered(*(column[order] for column in both))


def _swept(first: Ints, last: Ints, extent: Ints) -> Covered:
    """Between two boundaries nothing changes. What begins is added, what is over taken off."""
    begins = (first.astype(np.int64) << 8) + extent + 100
    ends = (last.astype(np.int64) + 1 << 8) - extent.astype(np.int64) + 100
    boundaries = np.concatenate([begins, ends])
    boundaries.sort()
    total = np.cumsum((boundaries & 255) - 100)
    at = (boundaries >> 8).astype(first.dtype)
    held = np.flatnonzero((total[:-1] > 0) & (at[:-1] < at[1:]))
    extents = np.minimum(total[held], 100).astype(extent.dtype)
    return Covered(at[held], at[held + 1] - 1, extents)


def without(covered: Covered, windows: tuple[tuple[int, int], ...], calendar: Calendar) -> Covered:
    """The parts that lie in none of the windows (of everybody)."""
    return _crossed(covered, _between(windows, calendar), calendar)


def inside(covered: Covered, windows: tuple[tuple[int, int], ...], calendar: Calendar) -> Covered:
    """The parts that lie in one of the windows."""
    return _crossed(covered, _joined(windows, calendar), calendar)


def _joined(windows: tuple[tuple[int, int], ...], calendar: Calendar) -> tuple[Ints, Ints]:
    """Disjoint windows in order, as days from the calendar's base; those it does not reach go."""
    within = [
        (max(first, calendar.base), min(last, calendar.last))
        for first, last in windows
        if first <= last and first <= calendar.last and last >= calendar.base
    ]
    table = np.array(within, np.int64).reshape(-1, 2) - calendar.base
    return _merged(np.zeros(len(table), np.int64), table[:, 0], table[:, 1])


def _between(windows: tuple[tuple[int, int], ...], calendar: Calendar) -> tuple[Ints, Ints]:
    """What is left of the calendar."""
    lows, highs = _joined(windows, calendar)
    starts, ends = after_nothing(highs + 1), np.append(lows - 1, calendar.span)
    held = starts <= ends
    return starts[held], ends[held]


def _crossed(covered: Covered, windows: tuple[Ints, Ints], calendar: Calendar) -> Covered:
    lows, highs = (column.astype(np.int32) for column in windows)
    person = covered.first & ~calendar.within
    first, last = covered.first - person, covered.last - person
    begin = np.searchsorted(highs, first, "left")
    which, nth = repeated(np.maximum(np.searchsorted(lows, last, "right") - begin, 0))
    window = begin[which] + nth
    return Covered(
        person[which] + np.maximum(first[which], lows[window]),
        person[which] + np.minimum(last[which], highs[window]),
        covered.extent[which],
    )
