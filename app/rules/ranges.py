"""What a measure can be at all, and what that says of a condition: interval reasoning. Pure.

A `Box` holds what is known of the measures on some day, an interval for each. It is never narrower
than the truth: what has no room in it can never hold, whatever happens. The other way round
nothing is promised: a condition with room may still hold for nobody.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from app.rules.condition import All, AnyOf, Condition, Key, Leaf, Not, Op

FOREVER = 40_542
"""Days from 1990 to 2100: no run of days is longer."""
MOST_COMPARED = 8
"""Measures that are compared with each other in one rule; no sensible one has more."""


class Interval(NamedTuple):
    """Whole numbers from `low` to `high`, both included; none when low is above high."""

    low: int
    high: int

    @property
    def empty(self) -> bool:
        """Whether no number is in it."""
        return self.low > self.high

    def both(self, other: "Interval") -> "Interval":
        """The numbers in both."""
        return Interval(max(self.low, other.low), min(self.high, other.high))

    def within(self, other: "Interval") -> bool:
        """Whether each of its numbers is in the other."""
        return self.empty or (other.low <= self.low and self.high <= other.high)


Box = Mapping[Key, Interval]
ANYTHING = Interval(-(10**18), 10**18)


def asked(leaf: Leaf) -> Interval:
    """The values for which the leaf holds."""
    return _values(leaf.op, leaf.value, holds=True)


@lru_cache(maxsize=4096)
def _values(op: Op, limit: int, *, holds: bool) -> Interval:
    """The values for which such a comparison holds, or does not."""
    upwards = op in ("at_least", "more_than")
    floor = limit + (op in ("more_than", "at_most"))
    return Interval(floor, ANYTHING.high) if upwards == holds else Interval(ANYTHING.low, floor - 1)


def window_days(unit: str, length: int) -> int:
    """How many days such a window has at most."""
    if unit == "months":
        years, months = divmod(length, 12)
        return 366 * years + 31 * months
    return 7 * length if unit == "weeks" else length


def possible(key: Key, *, sick: bool) -> Interval:
    """The values that the measure can have on some day; `sick`: on a sick day."""
    measure, unit, length, weekdays = key
    if not unit:
        return Interval(1 if sick else 0, FOREVER)
    days = window_days(unit, length)
    most = (days + 1) // 2  # neighbouring days are of one episode
    match measure:
        case "short_days" | "sick_days":
            return Interval(0, days)
        case "bradford":
            return Interval(0, most * most * (days - most + 1))
        case "weekday_starts":
            each = days // 7 * len(weekdays) + min(days % 7, len(weekdays))
            return Interval(0, min(each, most))
        case "episode_increase":
            return Interval(-most, most)
    return Interval(0, most)


_AT_MOST = (
    ("episodes", "all_episodes"),
    ("weekday_starts", "all_episodes"),
    ("episodes", "short_days"),
    ("short_days", "sick_days"),
    ("all_episodes", "sick_days"),
    ("episodes", "sick_days"),
    ("weekday_starts", "sick_days"),
    ("episode_increase", "episodes"),
    ("episode_increase", "all_episodes"),
    ("episode_increase", "short_days"),
    ("episode_increase", "sick_days"),
    ("ongoing_days", "period_days"),
)
"""Pairs of measures of which the first, in the same window, is never above the second."""
_GROWING = frozenset(
    {"episodes", "all_episodes", "short_days", "sick_days", "bradford", "weekday_starts"}
)
"""Measures that are no smaller in a longer window that ends on the same day."""


def at_most(one: Key, other: Key) -> bool:
    """Whether the first is never above the second."""
    if one[0] == other[0]:
        return one[0] in _GROWING and one[3] <= other[3] and _lies_within(one, other)
    if (one[0], other[0]) not in _AT_MOST:
        return False
    return one[1:3] == other[1:3] or (other[0] in _GROWING and _lies_within(one, other))


def _lies_within(one: Key, other: Key) -> bool:
    """Whether the window of the first never begins before that of the second."""
    if one[1] == other[1]:
        return one[2] <= other[2]
    return window_days(*one[1:3]) <= _least_days(*other[1:3])


def _least_days(unit: str, length: int) -> int:
    """How many days such a window has at least."""
    if unit != "months":
        return window_days(unit, length)
    years, months = divmod(length, 12)
    return 365 * years + 30 * months - 2 * bool(months)


def box_for(conditions: Iterable[Condition], *, sick: bool = False) -> dict[Key, Interval]:
    """Everything that these conditions look at, as far as it can be on a day at all."""
    keys = {leaf.looks_at for condition in conditions for leaf in _leaves(condition)}
    return {key: possible(key, sick=sick) for key in keys}


def _leaves(condition: Condition) -> Iterator[Leaf]:
    waiting = [condition]
    while waiting:
        one = waiting.pop()
        match one:
            case Leaf():
                yield one
            case Not(not_=part):
                waiting.append(part)
            case All(all=inner) | AnyOf(any=inner):
                waiting += inner


Said = tuple[Condition, bool]
"""A condition, and whether it holds."""


def narrowed(box: Box, said: Iterable[Said]) -> dict[Key, Interval] | None:
    """What is known where all of that is so; None where it cannot be.

    Of alternatives nothing is learned but that one of them must have room.
    """
    certain, alternatives = _taken_apart(said)
    known = _learned(box, certain)
    if known is None:
        return None
    for choice in alternatives:
        if not any(_has_room(known, one) for one in choice):
            return None
    return known


def _has_room(known: Box, said: Said) -> bool:
    """Whether one thing more can be so.

    What measures say of each other was carried over before, so of one comparison they take nothing:
    a higher floor of the lower measure is still below the other's ceiling, and the other way round.
    """
    one, holds = said
    if isinstance(one, Leaf):
        return not known[one.looks_at].both(_values(one.op, one.value, holds=holds)).empty
    return narrowed(known, [said]) is not None


def beside(box: Box, said: Iterable[Said]) -> dict[Key, Interval]:
    """What is known where all of that is so, and it is known that it can be."""
    known = _learned(box, _taken_apart(said)[0])
    assert known is not None  # noqa: S101 - callers have asked
    return known


def _learned(box: Box, certain: Iterable[tuple[Leaf, bool]]) -> dict[Key, Interval] | None:
    """What such comparisons say, by themselves and of each other; None where they cannot be."""
    known = dict(box)
    changed: set[Key] = set()
    for leaf, holds in certain:
        key = leaf.looks_at
        before = known[key]
        known[key] = now = before.both(_values(leaf.op, leaf.value, holds=holds))
        if now.empty:
            return None
        if now != before:
            changed.add(key)
    return known if _settle(known, changed) else None


def _taken_apart(said: Iterable[Said]) -> tuple[list[tuple[Leaf, bool]], list[list[Said]]]:
    """What must be so for all of it to be so: comparisons, and alternatives."""
    certain: list[tuple[Leaf, bool]] = []
    alternatives: list[list[Said]] = []
    waiting = list(said)
    while waiting:
        one, holds = waiting.pop()
        match one:
            case Leaf():
                certain.append((one, holds))
            case Not(not_=part):
                waiting.append((part, not holds))
            case All(all=inner) | AnyOf(any=inner):
                parts = [(part, holds) for part in inner]
                if isinstance(one, All) == holds:
                    waiting += parts
                else:
                    alternatives.append(parts)
    return certain, alternatives


Pairs = tuple[tuple[Key, Key], ...]


@lru_cache(maxsize=256)
def _pairs(keys: tuple[Key, ...]) -> dict[Key, Pairs]:
    """For each, the pairs it is in, of which the first is never above the second."""
    every = [(a, b) for a in keys for b in keys if a != b and at_most(a, b)]
    return {key: tuple(pair for pair in every if key in pair) for key in keys}


def _settle(known: dict[Key, Interval], changed: set[Key]) -> bool:
    """Carry over what measures say of those that changed; whether every one still has room.

    Of very many measures no pairs are looked for.
    """
    if not changed or len(known) > MOST_COMPARED:
        return True
    pairs = _pairs(tuple(known))
    while changed:
        for lower, upper in pairs[changed.pop()]:
            small, large = known[lower], known[upper]
            if small.low > large.high:
                return False
            if small.high > large.high:
                known[lower] = Interval(small.low, large.high)
                changed.add(lower)
            if small.low > large.low:
                known[upper] = Interval(small.low, large.high)
                changed.add(upper)
    return True


def never(condition: Condition, box: Box) -> bool:
    """Whether the condition cannot hold where that is known."""
    return not _has_room(box, (condition, True))


def always(condition: Condition, box: Box) -> bool:
    """Whether the condition cannot fail to hold where that is known."""
    return not _has_room(box, (condition, False))
