"""Semantics 3 to 6: one employee's days as they stand on the day d, and what holds then."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from .absences import ONE_DAY, Absence, day, day_or_none

Group = list[date]
Periods = list[tuple[date, date | None]]


def read_periods(documents: Iterable[dict[str, Any]] | None) -> Periods:
    return [(day(p["first_day"]), day_or_none(p.get("last_day"))) for p in documents or []]


def lies_in(on: date, periods: Periods) -> bool:
    return any(first <= on and (last is None or on <= last) for first, last in periods)


@dataclass
class Policy:
    merge_gap_days: int
    bridge_days_off: bool
    holidays: set[date]
    short_max_days: int
    min_extent: int
    counted_kinds: list[str]
    exclusion_windows: Periods

    @classmethod
    def read(cls, document: dict[str, Any] | None) -> Policy:
        said = document or {}
        return cls(
            merge_gap_days=said.get("merge_gap_days", 0),
            bridge_days_off=said.get("bridge_days_off", True),
            holidays={date.fromisoformat(h) for h in said.get("holidays", [])},
            short_max_days=said.get("short_max_days", 14),
            min_extent=said.get("min_extent", 1),
            counted_kinds=said.get("counted_kinds", ["sickness"]),
            exclusion_windows=read_periods(said.get("exclusion_windows")),
        )

    def excluded(self, on: date) -> bool:
        return lies_in(on, self.exclusion_windows)

    def day_off(self, on: date) -> bool:
        return on.isoweekday() in (6, 7) or on in self.holidays


def between(earlier: date, later: date) -> list[date]:
    return [earlier + ONE_DAY * n for n in range(1, (later - earlier).days)]


def days_between(earlier: date, later: date) -> int:
    return (later - earlier).days - 1


def groups(days: set[date], joined: Callable[[date, date], bool]) -> list[Group]:
    """The days in order, neighbours in one group where `joined` says so."""
    found: list[Group] = []
    for on in sorted(days):
        if found and joined(found[-1][-1], on):
            found[-1].append(on)
        else:
            found.append([on])
    return found


class Judgement:
    """A(d), C(d) and their groups. Days after d do not exist."""

    def __init__(
        self, absences: list[Absence], policy: Policy, employment: Periods, d: date
    ) -> None:
        self.d = d
        self.policy = policy
        extent: dict[date, int] = {}
        for absence in absences:
            if absence.counts(policy.counted_kinds):
                for on in absence.days_until(d):
                    extent[on] = min(100, extent.get(on, 0) + absence.extent_on(on))
        self.sick_days = {on for on in extent if not employment or lies_in(on, employment)}
        self.counted_days = {
            on
            for on in self.sick_days
            if extent[on] >= policy.min_extent and not policy.excluded(on)
        }

    @cached_property
    def spells(self) -> list[Group]:
        return groups(self.sick_days, lambda a, b: days_between(a, b) == 0)

    @cached_property
    def sick_pay_periods(self) -> list[Group]:
        return groups(self.sick_days, lambda a, b: days_between(a, b) <= 4)

    @cached_property
    def episodes(self) -> list[Group]:
        return groups(self.counted_days, self._one_episode)

    def _one_episode(self, earlier: date, later: date) -> bool:
        remaining = [
            on
            for on in between(earlier, later)
            if not (on in self.sick_days and self.policy.excluded(on))
        ]
        if len(remaining) <= self.policy.merge_gap_days:
            return True
        return self.policy.bridge_days_off and all(self.policy.day_off(on) for on in remaining)

    def short(self, group: Group) -> bool:
        return len(group) <= self.policy.short_max_days

    def group_of_d(self, among: list[Group]) -> Group:
        return next((group for group in among if self.d in group), [])


def months_before(d: date, months: int) -> date:
    years, month0 = divmod(d.year * 12 + d.month - 1 - months, 12)
    return date(years, month0 + 1, min(d.day, calendar.monthrange(years, month0 + 1)[1]))


def first_day_of(window: dict[str, int], d: date) -> date:
    """The first day of the window that ends with d."""
    if "days" in window:
        return d - timedelta(days=window["days"] - 1)
    if "weeks" in window:
        return d - timedelta(days=7 * window["weeks"] - 1)
    return months_before(d, window["months"]) + ONE_DAY


def value_of(leaf: dict[str, Any], j: Judgement) -> int:
    """Semantics 5, one line of the table each."""
    measure = leaf["measure"]
    if measure == "ongoing_days":
        return len(j.group_of_d(j.spells))
    if measure == "period_days":
        return len(j.group_of_d(j.sick_pay_periods))

    first = first_day_of(leaf["window"], j.d)
    days = {on for on in j.counted_days if first <= on <= j.d}
    begun = [e for e in j.episodes if first <= e[0] <= j.d]
    match measure:
        case "episodes":
            return len([e for e in begun if j.short(e)])
        case "all_episodes":
            return len(begun)
        case "short_days":
            return len([on for e in j.episodes if j.short(e) for on in e if on in days])
        case "sick_days":
            return len(days)
        case "bradford":
            s = len([e for e in j.episodes if any(on in days for on in e)])
            return s * s * len(days)
        case "weekday_starts":
            return len([e for e in begun if e[0].isoweekday() in leaf["weekdays"]])
        case "episode_increase":
            last_before = first - ONE_DAY
            first_before = first_day_of(leaf["window"], last_before)
            before = [e for e in j.episodes if first_before <= e[0] <= last_before]
            return len([e for e in begun if j.short(e)]) - len([e for e in before if j.short(e)])
    raise ValueError(measure)


def holds(when: dict[str, Any], j: Judgement) -> bool:
    if "all" in when:
        return all(holds(part, j) for part in when["all"])
    if "any" in when:
        return any(holds(part, j) for part in when["any"])
    if "not" in when:
        return not holds(when["not"], j)
    value, limit = value_of(when, j), when["value"]
    match when["op"]:
        case "at_least":
            return value >= limit
        case "more_than":
            return value > limit
        case "at_most":
            return value <= limit
        case "less_than":
            return value < limit
    raise ValueError(when["op"])


def leaves(when: dict[str, Any]) -> list[dict[str, Any]]:
    for form in ("all", "any"):
        if form in when:
            return [leaf for part in when[form] for leaf in leaves(part)]
    return leaves(when["not"]) if "not" in when else [when]


def evidence(when: dict[str, Any], j: Judgement) -> frozenset[date]:
    """Semantics 7: the days the judgement looked at, over all leaves whatever they said."""
    looked_at: set[date] = set()
    for leaf in leaves(when):
        if leaf["measure"] == "ongoing_days":
            looked_at |= set(j.group_of_d(j.spells))
        elif leaf["measure"] == "period_days":
            looked_at |= set(j.group_of_d(j.sick_pay_periods))
        else:
            first = first_day_of(leaf["window"], j.d)
            if leaf["measure"] == "episode_increase":
                first = first_day_of(leaf["window"], first - ONE_DAY)
            looked_at |= {on for on in j.counted_days if first <= on <= j.d}
    return frozenset(looked_at)
