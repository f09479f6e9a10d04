"""Semantics 2: what the source calls one absence, as the fold of all its events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

ONE_DAY = timedelta(days=1)


def day(text: str) -> date:
    return date.fromisoformat(text)


def day_or_none(text: str | None) -> date | None:
    return None if text is None else day(text)


@dataclass
class Absence:
    first_day: date | None = None
    last_day: date | None = None
    kind: str = "sickness"
    cancelled: bool = False
    extents: list[tuple[date | None, int]] = field(default_factory=lambda: [(None, 100)])
    """Statements (from day, percent) in fold order; None speaks of the whole absence.
    Of those that speak of a day the latest holds."""

    def apply(self, event: dict[str, Any]) -> None:
        match event["type"]:
            case "absence.reported":
                self.first_day = day(event["first_day"])
                self.last_day = day_or_none(event.get("last_day"))
                self.kind = event.get("kind", "sickness")
                self.extents = [(None, event.get("extent", 100))]
                self.cancelled = False
            case "absence.changed":
                self._change(event)
            case "absence.ended" if "last_day" in event:
                self.last_day = day(event["last_day"])
            case "absence.ended":
                self.last_day = day(event["well_from"]) - ONE_DAY
            case "absence.cancelled":
                self.cancelled = True
            case other:
                raise ValueError(other)

    def _change(self, event: dict[str, Any]) -> None:
        if "first_day" in event:
            self.first_day = day(event["first_day"])
        if "last_day" in event:
            self.last_day = day_or_none(event["last_day"])
        if "kind" in event:
            self.kind = event["kind"]
        if "extent" in event:
            self.extents.append((day_or_none(event.get("extent_from")), event["extent"]))

    def counts(self, counted_kinds: Iterable[str]) -> bool:
        if self.first_day is None or self.cancelled or self.kind not in counted_kinds:
            return False
        return self.last_day is None or self.last_day >= self.first_day

    def days_until(self, d: date) -> list[date]:
        """The days a counting absence covers, none later than d; an ongoing one reaches to d."""
        assert self.first_day is not None
        last = d if self.last_day is None else min(self.last_day, d)
        return [self.first_day + ONE_DAY * n for n in range((last - self.first_day).days + 1)]

    def extent_on(self, on: date) -> int:
        return [percent for start, percent in self.extents if start is None or start <= on][-1]


def fold(events: list[dict[str, Any]]) -> list[Absence]:
    """All absences of one employee. Of events with the same identity the first to arrive stands."""
    stored: dict[tuple[str, str], dict[str, Any]] = {}
    for event in events:
        stored.setdefault((event["source"], event["id"]), event)
    by_absence: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for event in stored.values():
        by_absence[event["source"], event["absence"]].append(event)
    absences = []
    for told in by_absence.values():
        absence = Absence()
        told.sort(key=lambda event: (datetime.fromisoformat(event["occurred_at"]), event["id"]))
        for event in told:
            absence.apply(event)
        absences.append(absence)
    return absences
