"""What may still be booked in a series. Pure: who has booked what is handed in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from app.meetings.series.dates import Dates, Occurrence

Taken = Mapping[tuple[date, int], int]
"""How many meetings stand in a slot, by the rule's day and the slot's number."""


@dataclass(frozen=True, slots=True)
class Slot:
    """One slot; `free`: how many meetings it still takes; none once begun, or on a day off."""

    occurrence: date
    number: int
    starts_at: datetime
    free: int


def slots_of(
    dates: Dates, occurrence: Occurrence, *, capacity: int, taken: Taken, now: datetime
) -> Iterator[Slot]:
    """The slots of an occurrence, in order."""
    for number in range(1, dates.slots + 1):
        starts_at = dates.slot_starts(occurrence, number)
        left = max(capacity - taken.get((occurrence.day, number), 0), 0)
        free = starts_at > now and dates.may_be_booked(occurrence)
        yield Slot(occurrence.day, number, starts_at, left if free else 0)


def all_slots(
    dates: Dates, first: date, last: date, *, capacity: int, taken: Taken, now: datetime
) -> Iterator[Slot]:
    """The slots of everything that takes place from `first` to `last`, in order of time."""
    for occurrence in dates.between(first, last):
        yield from slots_of(dates, occurrence, capacity=capacity, taken=taken, now=now)
