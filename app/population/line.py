"""A line of days: those of many people one after another, as if they were one long history.

Pure. A place on the line is `(person << bits) + day - base`, so one sorted column says who and
when, and a bisection finds both. There is room between people: nothing of one touches another's.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np

from app.absences.groups import SICK_PAY_GAP
from app.absences.policy import Policy
from app.population.population import Ints, Mask
from app.rules.windows import Unit

_EPOCH = date(1970, 1, 1).toordinal()

Form = tuple[Unit, int]
"""The unit and the length of a window."""


class Calendar:
    """The days that a line has for each person, from `base`, and what is known of each."""

    def __init__(self, base: int, last: int, policy: Policy) -> None:
        self.base = base
        self.last = last
        self.span = last - base + 2
        self.bits = self.span.bit_length()
        self.within = (1 << self.bits) - 1
        self.policy = policy
        self.starts = cache(self._starts)

    @cached_property
    def workdays(self) -> Ints:
        """How many working days there are up to and including each day."""
        days = np.arange(self.base, self.base + self.span)
        off = (days - 1) % 7 >= 5
        holidays = np.array(sorted(self.policy.holidays), np.int64) - self.base
        off[holidays[(holidays >= 0) & (holidays < self.span)]] = True
        return np.cumsum(~off, dtype=np.int32)

    def _starts(self, months: int, before: int) -> Ints:
        """Where the window that ends with each day starts; with `before`, the one before it."""
        days = np.arange(self.base, self.base + self.span)
        starts = _months_before(days, months)
        return ((_months_before(starts - 1, months) if before else starts) - self.base).astype(
            np.int32
        )

    def window(self, form: Form, at: Ints, before: int = 0) -> Ints:
        """The place where the window ending with each place starts, no earlier than its person."""
        unit, length = form
        person = at & ~self.within
        if unit == "months":
            return person + np.maximum(self.starts(length, before).take(at - person), 0)
        days = length * (7 if unit == "weeks" else 1)
        return np.maximum(at - (days * (1 + before) - 1), person)


def _months_before(days: Ints, months: int) -> Ints:
    """The day after the same day of an earlier month, or after its last (semantics 4)."""
    dates = (days - _EPOCH).astype("datetime64[D]")
    month = dates.astype("datetime64[M]")
    earlier = (month - months).astype("datetime64[D]")
    longest = (month - months + 1).astype("datetime64[D]") - earlier
    kept = np.minimum(dates - month.astype("datetime64[D]") + 1, longest)
    return (earlier + kept).astype(np.int64) + _EPOCH


_EARLIER = (np.uint64(1) << np.arange(64, dtype=np.uint64)) - np.uint64(1)
"""For each bit of a word the bits before it."""


class Ranks:
    """How many of some places lie before a place: a bit for each day, counted a word at a time."""

    def __init__(self, places: Ints, size: int) -> None:
        """`places`: ascending, each once, below `size`."""
        word = places >> 6
        begins = np.flatnonzero(np.diff(word, prepend=-1))
        self._words = np.zeros((size >> 6) + 1, np.uint64)
        if len(places):
            bits = np.uint64(1) << (places & 63).astype(np.uint64)
            self._words[word[begins]] = np.bitwise_or.reduceat(bits, begins)
        numbers = np.cumsum(np.bitwise_count(self._words), dtype=np.int32)
        self._before = after_nothing(numbers[:-1])

    def before(self, at: Ints) -> Ints:
        """How many lie before each."""
        word = (at >> 6).astype(np.intp)
        # `take` is a third quicker than an index in brackets; this is where most time goes.
        earlier = self._words.take(word)
        earlier &= _EARLIER.take(at & 63)
        return self._before.take(word) + np.bitwise_count(earlier)

    def through(self, at: Ints) -> Ints:
        """How many lie before each or are it."""
        return self.before(at + 1)


class Runs:
    """Disjoint runs of days in order, with a gap between any two.

    `before[i]`: the days in the runs before run i; one longer than the others.
    """

    def __init__(self, first: Ints, last: Ints, size: int) -> None:
        """`size`: how many places the line has."""
        self.first = first
        self.last = last
        self.size = size

    @cached_property
    def ranks(self) -> Ranks:
        """Of the first days."""
        return Ranks(self.first, self.size)

    @cached_property
    def before(self) -> Ints:
        """Cumulative days."""
        return after_nothing(np.cumsum(self.last - self.first + 1, dtype=np.int32))

    @cached_property
    def _last(self) -> Ints:
        """The last day of the run before each: of the first, no day."""
        return after_nothing(self.last, first=-1)

    def through(self, at: Ints) -> Ints:
        """How many of the days lie at or before each place."""
        begun = self.ranks.through(at)
        return self.before[begun] - np.maximum(self._last[begun] - at, 0)

    def until(self, at: Ints) -> Ints:
        """How many of the days lie before each place."""
        begun = self.ranks.before(at)
        return self.before[begun] - np.maximum(self._last[begun] - at + 1, 0)


class Groups:
    """Runs joined: spells, sick-pay periods or episodes of all people of a line."""

    def __init__(self, runs: Runs, joined: Mask) -> None:
        """`joined[i]`: run i+1 belongs to the same group as run i."""
        starts = np.flatnonzero(after_nothing(~joined, first=True)[: len(runs.first)])
        ends = np.append(starts[1:], len(runs.first))[: len(starts)]
        self.first = runs.first[starts]
        self.last = runs.last[ends - 1]
        self.counts = np.diff(np.append(starts, len(runs.first)))
        self.size = runs.size
        self.before = runs.before[np.append(starts, len(runs.first))]

    @cached_property
    def sizes(self) -> Ints:
        """The days in each."""
        return np.diff(self.before)

    @cached_property
    def last_before(self) -> Ints:
        """The last day of the group before each: of the first, no day."""
        return after_nothing(self.last, first=-1)

    @cached_property
    def first_before(self) -> Ints:
        """The first day of the group before each: of the first, no day."""
        return after_nothing(self.first, first=-1)

    @cached_property
    def ranks(self) -> Ranks:
        """Of the first days."""
        return Ranks(self.first, self.size)


class Shorts(NamedTuple):
    """Of the episodes before each: how many are short in the end, and their days."""

    number: Ints
    days: Ints


class Line:
    """The sick days, counted days and episodes of the people from `offset` on."""

    def __init__(
        self, calendar: Calendar, offset: int, persons: int, sick: Runs, counted: Runs, joined: Mask
    ) -> None:
        self.calendar = calendar
        self.offset = offset
        self.persons = persons
        self.sick = sick
        self.counted = counted
        self.episodes = Groups(counted, joined)
        self.starts_on = cache(self._starts_on)

    @property
    def all_count(self) -> bool:
        """Whether every sick day is a counted one."""
        return self.counted is self.sick

    @cached_property
    def periods(self) -> Groups:
        """Sick-pay periods."""
        person = self.sick.first >> self.calendar.bits
        near = self.sick.first[1:] - self.sick.last[:-1] - 1 <= SICK_PAY_GAP
        return Groups(self.sick, near & (person[1:] == person[:-1]))

    @cached_property
    def long(self) -> Mask:
        """Which episodes are not short in the end."""
        return self.episodes.sizes > self.calendar.policy.short_max_days

    @cached_property
    def shorts(self) -> Shorts:
        """Short episodes, cumulated."""
        sizes = np.where(self.long, 0, self.episodes.sizes)
        return Shorts(
            after_nothing(np.cumsum(~self.long, dtype=np.int32)),
            after_nothing(np.cumsum(sizes, dtype=np.int32)),
        )

    def _starts_on(self, weekdays: Sequence[int]) -> Ints:
        """How many of the episodes before each begin on one of those weekdays (1 = Monday)."""
        days = (self.episodes.first & self.calendar.within) + self.calendar.base
        chosen = np.isin((days - 1) % 7 + 1, np.array(weekdays))
        return after_nothing(np.cumsum(chosen, dtype=np.int32))

    @contextmanager
    def in_use(self) -> Iterator[None]:
        """While triggers are looked for; the ranks, which are large, are dropped afterwards."""
        yield
        for holder in (self.sick, self.counted, self.episodes):
            holder.__dict__.pop("ranks", None)
        self.__dict__.pop("periods", None)

    def person(self, at: Ints) -> Ints:
        """Whose place it is."""
        return (at >> self.calendar.bits) + self.offset

    def day(self, at: Ints) -> Ints:
        """Which day it is."""
        return (at & self.calendar.within) + self.calendar.base


def after_nothing(cumulated: Any, *, first: Any = 0) -> Any:
    """With what stands before the first in front of it."""
    return np.concatenate([np.array([first], cumulated.dtype), cumulated])
