"""When the occurrences of a series are, and the slots in them.

Pure. An occurrence is known by the day the rule gives it, wherever it is moved. Its time is wall
time of the tenant's zone: 09:00 stays 09:00 over clock changes. A wall time that a clock change
skips is read with the offset before it, one that comes twice is the first (RFC 5545, 3.3.5). Days
off are not offered, unless somebody has moved that occurrence to another day. What was booked
before a day became one stands, until somebody moves or cancels it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

DAY = timedelta(days=1)


def instant(day: date, at: time, zone: str) -> datetime:
    """The instant of a wall time, in UTC."""
    return datetime.combine(day, at, ZoneInfo(zone)).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Change:
    """What differs from the rule on one of its days. `sequence` counts how often it changed."""

    moved_to: date | None = None
    moved_at: time | None = None
    cancelled: bool = False
    sequence: int = 0

    @property
    def differs(self) -> bool:
        """Whether anything differs at all."""
        return self.cancelled or self.moved_to is not None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence. `day` is the rule's and its name; `on` is where it is now."""

    day: date
    on: date
    starts_at: datetime
    ends_at: datetime
    state: Literal["planned", "moved", "cancelled"]
    sequence: int = 0

    def overlaps(self, other: "Occurrence") -> bool:
        """Whether both go on at the same time."""
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True)
class Dates:
    """The rule of a series, the changes by the rule's day, and the days off (ordinals).

    `booked`: the days of the rule in which meetings are planned.
    """

    first_day: date
    last_day: date | None
    at: time
    interval_weeks: int
    slots: int
    slot_minutes: int
    zone: str
    changes: Mapping[date, Change] = field(default_factory=dict)
    days_off: frozenset[int] = frozenset()
    booked: frozenset[date] = frozenset()

    @property
    def length(self) -> timedelta:
        """How long an occurrence lasts."""
        return timedelta(minutes=self.slots * self.slot_minutes)

    @property
    def interval(self) -> timedelta:
        """From one day of the rule to the next."""
        return timedelta(weeks=self.interval_weeks)

    def rule_days(self, first: date, last: date) -> Iterator[date]:
        """The days that the rule gives from `first` to `last`, days off among them."""
        behind = max((first - self.first_day).days, 0)
        day = self.first_day + -(-behind // self.interval.days) * self.interval
        while day <= min(last, self.last_day or last):
            yield day
            day += self.interval

    def gives(self, day: date) -> bool:
        """Whether the rule gives that day, be it a day off."""
        return any(True for _ in self.rule_days(day, day))

    @property
    def last_rule_day(self) -> date | None:
        """The last day of a rule that ends; None when it never does, or has no day at all."""
        if self.last_day is None or self.last_day < self.first_day:
            return None
        return self.first_day + (self.last_day - self.first_day) // self.interval * self.interval

    def is_off(self, day: date) -> bool:
        """Whether nothing takes place on that day of the rule because it is a day off."""
        stands = day in self.booked or self.changes.get(day, Change()).differs
        return day.toordinal() in self.days_off and not stands

    def may_be_booked(self, occurrence: Occurrence) -> bool:
        """Whether an occurrence takes more meetings: not on a day off."""
        return occurrence.on.toordinal() not in self.days_off

    def occurrence(self, day: date) -> Occurrence | None:
        """The occurrence of that day of the rule; None: the rule has no such day, or it is off."""
        if not self.gives(day) or self.is_off(day):
            return None
        change = self.changes.get(day, Change())
        if change.cancelled:
            return self.placed(day, day, self.at, "cancelled", change.sequence)
        if change.moved_to is None:
            return self.placed(day, day, self.at, "planned", change.sequence)
        at = change.moved_at or self.at
        return self.placed(day, change.moved_to, at, "moved", change.sequence)

    def placed(
        self,
        day: date,
        on: date,
        at: time,
        state: Literal["planned", "moved", "cancelled"],
        sequence: int = 0,
    ) -> Occurrence:
        """The occurrence of a day, placed on a day and time."""
        starts_at = instant(on, at, self.zone)
        return Occurrence(day, on, starts_at, starts_at + self.length, state, sequence)

    def between(self, first: date, last: date) -> list[Occurrence]:
        """What takes place from `first` to `last`, both included, in order of time."""
        days = {*self.rule_days(first, last), *self.changes}
        found = (self.occurrence(day) for day in days)
        held = [one for one in found if one and one.state != "cancelled"]
        return sorted(
            (o for o in held if first <= o.on <= last), key=lambda o: (o.starts_at, o.day)
        )

    def in_the_way(self, moved: Occurrence) -> bool:
        """Whether another occurrence goes on while this one would."""
        near = self.between(moved.on - DAY, moved.on + DAY)
        return any(other.day != moved.day and other.overlaps(moved) for other in near)

    def slot_starts(self, occurrence: Occurrence, slot: int) -> datetime:
        """When a slot begins; slots are numbered from 1 and follow each other."""
        return occurrence.starts_at + timedelta(minutes=(slot - 1) * self.slot_minutes)
