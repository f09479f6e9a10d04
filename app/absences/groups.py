"""Groups of days: spells, sick-pay periods and episodes are one idea with three joining rules.

Pure. Groups are prefix-stable: those of C(d) are those of a later day cut off at d, because
whether two neighbours belong together depends on the days between them alone (semantics 3).
"""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import date
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from app.absences.policy import Policy

SICK_PAY_GAP = 4
"""Healthy calendar days that join a sick-pay period (Sjuklönelagen 7 §)."""

Together = Callable[[int, int], bool]
"""Whether two days belong together that have others between them."""


class Group(NamedTuple):
    """`first`, `last`: days, included. `sick_days`: how many of them are in the group."""

    first: int
    last: int
    sick_days: int


class Groups:
    """Groups over ordered days, indexed for the questions that measures ask.

    Lists run in parallel: `firsts[i]` and `lasts[i]` are days, `starts[i]` is where group i
    begins in `days`; `shorts[i]` counts the short groups before i.
    """

    def __init__(self, days: Sequence[int], together: Together, short_max_days: int) -> None:
        self.days = days
        self.short_max_days = short_max_days
        # Neighbours belong together by every rule; of a long absence most days are neighbours.
        pairs = enumerate(pairwise(days), 1)
        cuts = [i for i, (a, b) in pairs if b - a > 1 and not together(a, b)]
        self.starts = [0, *cuts] if days else []
        self.firsts = [days[i] for i in self.starts]
        ends = [*self.starts[1:], len(days)] if days else []
        self.lasts = [days[i - 1] for i in ends]
        self.sizes = [end - start for start, end in zip(self.starts, ends, strict=True)]
        self.shorts = [0, *accumulate(int(size <= short_max_days) for size in self.sizes)]

    @cached_property
    def beginnings(self) -> frozenset[int]:
        """The first days of the groups."""
        return frozenset(self.firsts)

    def at(self, day: int) -> int:
        """Index of the latest group that has begun on `day`; -1 before the first."""
        return bisect_right(self.firsts, day) - 1

    def size_on(self, group: int, day: int) -> int:
        """Days of the group up to and including `day`."""
        if self.lasts[group] <= day:
            return self.sizes[group]
        return bisect_right(self.days, day) - self.starts[group]

    def last_on(self, group: int, day: int) -> int:
        """The last day of the group up to and including `day`."""
        return self.days[self.starts[group] + self.size_on(group, day) - 1]

    def is_short_on(self, group: int, day: int) -> bool:
        """Whether the group, as it stands on `day`, is short."""
        return self.size_on(group, day) <= self.short_max_days

    def listed(self) -> list[Group]:
        """The groups as values."""
        return [Group(*g) for g in zip(self.firsts, self.lasts, self.sizes, strict=True)]


def spells(sick_days: Sequence[int], policy: Policy) -> Groups:
    """Maximal runs of consecutive sick days."""
    return Groups(sick_days, lambda _, __: False, policy.short_max_days)


def sick_pay_periods(sick_days: Sequence[int], policy: Policy) -> Groups:
    """Sick days joined over at most four healthy calendar days (Sjuklönelagen 7 §)."""
    return Groups(sick_days, lambda a, b: b - a - 1 <= SICK_PAY_GAP, policy.short_max_days)


def episodes(counted: Sequence[int], sick: Sequence[int], policy: Policy) -> Groups:
    """The unit that rules count: counted days joined by the employer's policy."""
    excluded = frozenset(filter(policy.is_excluded, sick)) if policy.exclusion_windows else ()
    return Groups(counted, _joined_by(policy, excluded), policy.short_max_days)


def _joined_by(policy: Policy, excluded: frozenset[int] | tuple[()]) -> Together:
    """Two counted days belong together over few enough days, or over days off alone.

    Sick days inside an exclusion window are left aside. The walk stops as soon as neither can
    hold any more, so a gap of years costs no more than one of a week.
    """

    def together(earlier: int, later: int) -> bool:
        remaining, only_days_off = 0, policy.bridge_days_off
        for day in range(earlier + 1, later):
            if day in excluded:
                continue
            remaining += 1
            only_days_off = only_days_off and policy.is_day_off(day)
            if remaining > policy.merge_gap_days and not only_days_off:
                return False
        return True

    return together


def group_to_json(group: Group, *, as_of: int, short_max_days: int) -> dict[str, Any]:
    """A group in the form of the API and of the worked cases."""
    return {
        "first_day": date.fromordinal(group.first).isoformat(),
        "last_day": date.fromordinal(group.last).isoformat(),
        "sick_days": group.sick_days,
        "span_days": group.last - group.first + 1,
        "ongoing": group.last == as_of,
        "short": group.sick_days <= short_max_days,
    }
