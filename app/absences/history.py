"""One employee's history as rules see it: sick days, counted days and their groups.

Pure. Built once for an `as_of` and then asked about any day up to it, since days after d do not
exist when d is judged and groups are prefix-stable.
"""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any, Self

from app.absences.days import Part, Run, counted_days, days_of, sick_runs, sick_runs_of_all
from app.absences.fold import Absence
from app.absences.groups import Groups, episodes, group_to_json, sick_pay_periods, spells
from app.absences.policy import Period, Policy

VIEWS = ("spells", "sick_pay_periods", "episodes")


class History:
    """`sick` is A(as_of), `counted` is C(as_of): ordered lists of day ordinals."""

    def __init__(
        self,
        absences: Iterable[Absence],
        policy: Policy,
        employment: Sequence[Period],
        *,
        as_of: int,
    ) -> None:
        self._set(sick_runs(absences, policy, employment, as_of=as_of), policy, as_of)

    @classmethod
    def of_all(cls, parts: Iterable[Part], policy: Policy, *, as_of: int) -> Self:
        """The history of somebody with several employments."""
        history = cls.__new__(cls)
        history._set(sick_runs_of_all(parts, policy, as_of=as_of), policy, as_of)
        return history

    def _set(self, runs: list[Run], policy: Policy, as_of: int) -> None:
        self.as_of = as_of
        self.policy = policy
        self.sick = days_of(runs)
        self.counted = counted_days(runs, policy, self.sick)

    @cached_property
    def spells(self) -> Groups:
        """Runs of consecutive sick days."""
        return spells(self.sick, self.policy)

    @cached_property
    def sick_pay_periods(self) -> Groups:
        """Sick days joined as the sick-pay law joins them."""
        return sick_pay_periods(self.sick, self.policy)

    @cached_property
    def episodes(self) -> Groups:
        """Counted days joined as the employer's policy joins them."""
        return episodes(self.counted, self.sick, self.policy)

    def sick_since(self, day: int) -> list[int]:
        """The sick days from that day on."""
        return self.sick[bisect_left(self.sick, day) :]

    def is_sick(self, day: int) -> bool:
        """Whether it is a sick day."""
        place = bisect_left(self.sick, day)
        return place < len(self.sick) and self.sick[place] == day

    def view(self, name: str) -> list[dict[str, Any]]:
        """One of `VIEWS` in the form of the API."""
        groups: Groups = getattr(self, name)
        return [
            group_to_json(g, as_of=self.as_of, short_max_days=self.policy.short_max_days)
            for g in groups.listed()
        ]
