"""The employer's counting policy: which sick days rules may count and how they are joined.

Pure values with the defaults of semantics 3; days are proleptic ordinals (`date.toordinal`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

EmploymentForm = Literal["permanent", "fixed_term", "hourly", "probation", "other"]
"""Tillsvidare, visstid, timanställning, provanställning, annan."""
Period = tuple[int, int | None]
"""First and last day, both included; no last day: open."""


@dataclass(frozen=True, slots=True)
class Policy:
    """`holidays` are days off besides Saturdays and Sundays; windows are inclusive."""

    merge_gap_days: int = 0
    bridge_days_off: bool = True
    holidays: frozenset[int] = frozenset()
    short_max_days: int = 14
    min_extent: int = 1
    counted_kinds: frozenset[str] = frozenset({"sickness"})
    exclusion_windows: tuple[tuple[int, int], ...] = ()

    def is_day_off(self, day: int) -> bool:
        """Saturday, Sunday (ordinal 1 was a Monday) or a holiday."""
        return (day - 1) % 7 >= 5 or day in self.holidays

    def is_excluded(self, day: int) -> bool:
        """Whether the day lies in an exclusion window (an epidemic, a strike)."""
        return any(first <= day <= last for first, last in self.exclusion_windows)


def policy_from_json(document: Mapping[str, Any], holidays: frozenset[int] = frozenset()) -> Policy:
    """A policy from its wire form, already validated; `holidays` add to those it names."""
    given = dict(document)
    return Policy(
        merge_gap_days=given.get("merge_gap_days", 0),
        bridge_days_off=given.get("bridge_days_off", True),
        holidays=holidays | {ordinal(day) for day in given.get("holidays", ())},
        short_max_days=given.get("short_max_days", 14),
        min_extent=given.get("min_extent", 1),
        counted_kinds=frozenset(given.get("counted_kinds", ("sickness",))),
        exclusion_windows=tuple(
            (ordinal(w["first_day"]), ordinal(w["last_day"]))
            for w in given.get("exclusion_windows", ())
        ),
    )


def periods_from_json(documents: Sequence[Mapping[str, Any]]) -> tuple[Period, ...]:
    """Periods from their wire form: `first_day`, and `last_day` where there is one."""
    return tuple(
        (ordinal(p["first_day"]), ordinal(p["last_day"]) if p.get("last_day") else None)
        for p in documents
    )


def forms_from_json(documents: Sequence[Mapping[str, Any]]) -> tuple[EmploymentForm | None, ...]:
    """The form of each of those periods, where it is known."""
    return tuple(p.get("form") for p in documents)


def employed_on(employment: Sequence[Period], today: int) -> bool:
    """False only when employments are known and the last of them is over."""
    return not employment or any(last is None or last >= today for _, last in employment)


def ordinal(day: date | str) -> int:
    """A day, or its ISO form, as an ordinal."""
    return (date.fromisoformat(day) if isinstance(day, str) else day).toordinal()
