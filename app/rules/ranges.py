"""What a measure can be at all, and what that says of a condition: interval reasoning. Pure.

A `Box` holds what is known of the measures on some day, an interval for each. It is never narrower
than the truth: what has no room in it can never hold, whatever happens. The other way round
nothing is promised: a condition with room may still hold for nobody.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import NamedTuple

from app.rules.condition import All, AnyOf, Condition, Leaf, Not

FOREVER = 40_542
"""Days from 1990 to 2100: no run of days is longer."""
MOST_COMPARED = 8
"""Measures that are compared with each other in one rule; no sensible one has more."""

Key = tuple[str, str, int, frozenset[int]]
"""A measure with its window (unit, length) and weekdays: what has one value on a day."""


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


def key_of(leaf: Leaf) -> Key:
    """What the leaf looks at."""
    unit, length = leaf.window.form if leaf.window else ("", 0)
    return leaf.measure, unit, length, frozenset(leaf.weekdays or ())


def asked(leaf: Leaf) -> Interval:
    """The values for which the leaf holds."""
    match leaf.op:
        case "at_least":
            return Interval(leaf.value, ANYTHING.high)
        case "more_than":
            return Interval(leaf.value + 1, ANYTHING.high)
        case "at_most":
            return Interval(ANYTHING.low, leaf.value)
    return Interval(ANYTHING.low, leaf.value - 1)


def _refused(leaf: Leaf) -> Interval:
    """The values for which it does not hold."""
    held = asked(leaf)
    if held.low == ANYTHING.low:
        return Interval(held.high + 1, ANYTHING.high)
    return Interval(ANYTHING.low, held.low - 1)


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
    keys = {key_of(leaf) for condition in conditions for leaf in _leaves(condition)}
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
    if not certain and not alternatives:
        return dict(box)
    known = dict(box)
    for leaf, holds in certain:
        key = key_of(leaf)
        known[key] = known[key].both(asked(leaf) if holds else _refused(leaf))
        if known[key].empty:
            return None
    if certain and not _settle(known):
        return None
    for choice in alternatives:
        if all(narrowed(known, [one]) is None for one in choice):
            return None
    return known


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


@lru_cache(maxsize=256)
def _pairs(keys: tuple[Key, ...]) -> tuple[tuple[Key, Key], ...]:
    """Those of which the first is never above the second; of very many none are looked for."""
    if len(keys) > MOST_COMPARED:
        return ()
    return tuple((a, b) for a in keys for b in keys if a != b and at_most(a, b))


def _settle(known: dict[Key, Interval]) -> bool:
    """Carry over what measures say of each other; whether every one still has room."""
    pairs = _pairs(tuple(known))
    changed = bool(pairs)
    while changed:
        changed = False
        for lower, upper in pairs:
            small, large = known[lower], known[upper]
            if small.high > large.high:
                known[lower] = small = Interval(small.low, large.high)
                changed = True
            if large.low < small.low:
                known[upper] = large = Interval(small.low, large.high)
                changed = True
            if small.empty or large.empty:
                return False
    return True


def never(condition: Condition, box: Box) -> bool:
    """Whether the condition cannot hold where that is known."""
    return narrowed(box, [(condition, True)]) is None


def always(condition: Condition, box: Box) -> bool:
    """Whether the condition cannot fail to hold where that is known."""
    return narrowed(box, [(condition, False)]) is None
