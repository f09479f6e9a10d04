"""The decision to book: a meeting in a slot of a series, the next free one or a wished one.

The series is locked, so that a slot never takes more meetings than it has room for.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.store import lock_employees
from app.core.clock import local_date
from app.core.errors import NotFound
from app.decisions.days import check_employed
from app.decisions.meetings import By, plan_meeting
from app.decisions.series import Opened, open_series, refuse
from app.meetings.series import store
from app.meetings.series.dates import Occurrence
from app.meetings.series.refusals import AlreadyBooked, NoFreeSlot, OccurrenceCancelled, SlotFull
from app.meetings.series.slots import Slot, all_slots, slots_of


@dataclass(frozen=True, slots=True)
class Wish:
    """A wished occurrence and slot, or the next free slot from a day on."""

    not_before: date | None = None
    occurrence: date | None = None
    slot: int | None = None


def book(
    conn: Connection,
    tenant_id: str,
    series_id: str,
    meeting: Mapping[str, Any],
    wish: Wish,
    by: By,
    now: datetime,
) -> str:
    """Plan a meeting in a slot of the series and tell it; answers the meeting's id.

    `meeting` says whose it is, of which referral, and with whose consent.
    """
    series = open_series(conn, tenant_id, series_id, now)
    employees = lock_employees(conn, tenant_id, [meeting["employee_id"]])
    if not employees:
        raise NotFound
    mine = store.occurrences_of(conn, series.row, meeting["employee_id"])
    slot = _wished(series, wish, mine) if wish.occurrence else _next_free(series, wish, mine)
    on = local_date(slot.starts_at, series.dates.zone)
    check_employed(employees[0].employment, on, "#/employee_id")
    placed = {
        "series_id": series_id,
        "occurrence": slot.occurrence,
        "slot": slot.number,
        "kind": series.row.kind,
        "starts_at": slot.starts_at,
        "minutes": series.row.slot_minutes,
        "participants": series.row.participants,
    }
    return plan_meeting(conn, tenant_id, {**meeting, **placed}, by, now)


def _next_free(series: Opened, wish: Wish, mine: Collection[date]) -> Slot:
    """The first slot with room, in an occurrence where the employee has no meeting yet."""
    if wish.not_before and wish.not_before > series.furthest:
        refuse("#/not_before", "date_out_of_range", "At most two years from now.")
    first = max(wish.not_before or series.tenant.today, series.tenant.today)
    days = [one.day for one in series.dates.between(first, series.furthest)]
    found = all_slots(
        series.dates,
        first,
        series.furthest,
        capacity=series.row.capacity,
        taken=store.booked(series.conn, series.row, days),
        now=series.tenant.now,
    )
    free = next((slot for slot in found if slot.free and slot.occurrence not in mine), None)
    if free is None:
        raise NoFreeSlot
    return free


def _wished(series: Opened, wish: Wish, mine: Collection[date]) -> Slot:
    """The wished slot, or the first free one of the wished occurrence."""
    assert wish.occurrence is not None  # noqa: S101 - asked by the only caller
    if wish.slot is not None and wish.slot > series.dates.slots:
        refuse("#/slot", "out_of_range", "An occurrence has not so many slots.")
    occurrence = _to_book(series, wish.occurrence)
    if wish.occurrence in mine:
        raise AlreadyBooked
    taken = store.booked(series.conn, series.row, [wish.occurrence])
    now = series.tenant.now
    all_of_it = slots_of(
        series.dates, occurrence, capacity=series.row.capacity, taken=taken, now=now
    )
    asked = [slot for slot in all_of_it if wish.slot in (None, slot.number)]
    if all(slot.starts_at <= now for slot in asked):
        refuse("#/occurrence", "date_in_past", "It has begun already.")
    free = next((slot for slot in asked if slot.free), None)
    if free is None:
        raise SlotFull
    return free


def _to_book(series: Opened, day: date) -> Occurrence:
    occurrence = series.dates.occurrence(day)
    if occurrence is None and not series.dates.gives(day):
        refuse("#/occurrence", "unknown_occurrence", "The series has no occurrence of that day.")
    if occurrence is not None and occurrence.state == "cancelled":
        raise OccurrenceCancelled
    if occurrence is None or not series.dates.may_be_booked(occurrence):
        refuse("#/occurrence", "day_off", "A day off: nothing more is booked.")
    if occurrence.on > series.furthest:
        refuse("#/occurrence", "date_out_of_range", "At most two years from now.")
    return occurrence
