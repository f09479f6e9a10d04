"""What is asked of days: a condition, or how many of several limits a comparison passes.

Pure. Either is a number of passed limits, the least and the most of it on the days of a stretch;
a condition is a single limit.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, Self

import numpy as np

from app.population.measures import Stretch, high, low
from app.population.population import Ints, Mask
from app.rules.document import COMPARATORS, All, AnyOf, Condition, Leaf, Not, Op

_STARTING = {"episodes", "all_episodes", "weekday_starts"}
"""They count episodes that begin in the window: on other days than these they do not rise."""


class Question(NamedTuple):
    """How many of `limits` are passed on a stretch: `most` on any day, `least` on every day.

    On single days both are the answer. `at_starts`: it rises on no other days than those on
    which a spell or an episode begins.
    """

    most: Callable[[Stretch], Any]
    least: Callable[[Stretch], Any]
    limits: int
    at_starts: bool

    @classmethod
    def of(cls, condition: Condition) -> Self:
        """Whether the condition holds."""

        def most(stretch: Stretch) -> Mask:
            return ever(condition, stretch)

        def least(stretch: Stretch) -> Mask:
            return always(condition, stretch)

        return cls(most, least, 1, _at_starts(condition))

    @classmethod
    def of_limits(cls, leaf: Leaf, values: Sequence[int]) -> Self:
        """How many of the values the measure passes; first those that are passed most easily."""
        sign = 1 if _rising(leaf.op) else -1
        limits = np.sort(sign * np.array(values, np.int32))
        side: Any = "right" if leaf.op in ("at_least", "at_most") else "left"
        lowest, highest = int(limits[0]) - 1, int(limits[-1]) + 1
        number = np.searchsorted(limits, np.arange(lowest, highest + 1), side)
        number = number.astype(np.min_scalar_type(len(values)))

        def passed(measured: Ints) -> Ints:
            """Looked up: beyond the outermost limits nothing changes any more."""
            above = measured - lowest if sign > 0 else -lowest - measured
            return number.take(above, mode="clip")

        def most(stretch: Stretch) -> Ints:
            return passed(high(stretch, leaf) if sign > 0 else low(stretch, leaf))

        def least(stretch: Stretch) -> Ints:
            return passed(low(stretch, leaf) if sign > 0 else high(stretch, leaf))

        return cls(most, least, len(values), _at_starts(leaf))


def _at_starts(condition: Condition) -> bool:
    match condition:
        case Leaf(measure=measure, op=op):
            return measure in _STARTING and _rising(op)
        case All(all=inner) | AnyOf(any=inner):
            return all(_at_starts(part) for part in inner)
        case Not():
            return False


def _rising(op: Op) -> bool:
    """Whether it is passed by more."""
    return op in ("at_least", "more_than")


def ever(condition: Condition, stretch: Stretch) -> Mask:
    """Where the condition may hold on some day; nowhere else does it hold on any."""
    match condition:
        case Leaf(op=op, value=value):
            measured = high(stretch, condition) if _rising(op) else low(stretch, condition)
            return COMPARATORS[op](measured, value)
        case All(all=inner):
            return np.logical_and.reduce([ever(part, stretch) for part in inner])
        case AnyOf(any=inner):
            return np.logical_or.reduce([ever(part, stretch) for part in inner])
        case Not(not_=part):
            return ~always(part, stretch)


def always(condition: Condition, stretch: Stretch) -> Mask:
    """Where the condition certainly holds on every day; on single days, where it holds."""
    match condition:
        case Leaf(op=op, value=value):
            measured = low(stretch, condition) if _rising(op) else high(stretch, condition)
            return COMPARATORS[op](measured, value)
        case All(all=inner):
            return np.logical_and.reduce([always(part, stretch) for part in inner])
        case AnyOf(any=inner):
            return np.logical_or.reduce([always(part, stretch) for part in inner])
        case Not(not_=part):
            return ~ever(part, stretch)
