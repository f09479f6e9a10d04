"""Decisions about series of meetings: begun, moved and cancelled by occurrence, ended.

The series is locked first, then the employees concerned: nobody books while it is decided.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NoReturn

from sqlalchemy.engine import Connection

from app.absences.store import employees_of, lock_employees
from app.casebook import Tenant, tenant_today
from app.core.clock import local_date
from app.core.errors import FieldError, InvalidInput, NotFound
from app.core.ids import new_id
from app.core.wire import FURTHEST
from app.delivery.notices import meeting_notice
from app.delivery.outbox import tell
from app.follow_through import cancel_meetings
from app.mail.tell import something_waits
from app.meetings.series import store
from app.meetings.series.dates import Change, Dates, Occurrence
from app.meetings.series.refusals import (
    InTheWay,
    OccurrenceCancelled,
    OccurrenceOver,
    SeriesEndsBefore,
)
from app.meetings.store import change_meeting, planned_after
from app.referrals.store import referral_rows

_Read = Callable[[Connection, Any, date], list[Any]]
FURTHEST_BACK = timedelta(days=366)
"""How long ago a series may have begun: one that goes on already keeps its weeks."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A series under lock, as of now."""

    conn: Connection
    tenant: Tenant
    row: Any
    dates: Dates

    @property
    def furthest(self) -> date:
        """The last day that may be planned for: two years from now."""
        return self.tenant.today + FURTHEST


def open_series(conn: Connection, tenant_id: str, series_id: str, now: datetime) -> Opened:
    """Lock a series for what is to be decided about it; raises NotFound."""
    row = store.series_row(conn, tenant_id, series_id, lock=True)
    tenant = tenant_today(conn, tenant_id, now)
    return Opened(conn, tenant, row, series_dates(conn, tenant, row))


def series_dates(conn: Connection, tenant: Tenant, row: Any) -> Dates:
    """When a series is: without Swedish holidays, their eves and the employer's own days off."""
    zone, days_off = tenant.settings.time_zone, tenant.policy.holidays
    return store.dates_of(conn, row, zone=zone, days_off=days_off)


def begin_series(conn: Connection, tenant_id: str, values: Mapping[str, Any], now: datetime) -> str:
    """Store a new series; answers its id. `values` are the columns it is stored with."""
    today = tenant_today(conn, tenant_id, now).today
    if not today - FURTHEST_BACK <= values["first_day"] <= today + FURTHEST:
        refuse("#/first_day", "date_out_of_range", "From one year ago to two years from now.")
    if values["last_day"] is not None and values["last_day"] < today:
        refuse("#/last_day", "date_in_past", "A series that is over takes no meetings.")
    series_id = new_id("ser")
    stamps = {"created_at": now, "changed_at": now}
    store.add_series(conn, tenant_id, {"series_id": series_id, **stamps, **values})
    return series_id


def move_occurrence(
    conn: Connection,
    tenant_id: str,
    series_id: str,
    day: date,
    to: date,
    at: time | None,
    now: datetime,
) -> None:
    """Move one occurrence, and the meetings planned in it."""
    series = open_series(conn, tenant_id, series_id, now)
    present = _of_the_rule(series, day)
    moved = series.dates.placed(day, to, at or series.dates.at, "moved")
    unmoved = present.starts_at == moved.starts_at and not series.dates.is_off(day)
    if present.state != "cancelled" and unmoved:
        return
    _check_may_change(series, present)
    _check_target(series, moved)
    change = Change(to, at, sequence=present.sequence + 1)
    store.save_change(conn, series.row, day, change, now)
    notices = []
    for row, referral in _planned(series, store.planned_in, day):
        when = {"starts_at": series.dates.slot_starts(moved, row.slot)}
        changed = change_meeting(conn, row, when, now)
        notices.append(meeting_notice("meeting.planned", changed, referral))
    tell(conn, tenant_id, notices, now)


def _check_may_change(series: Opened, present: Occurrence) -> None:
    if present.state == "cancelled":
        raise OccurrenceCancelled
    if present.starts_at <= series.tenant.now:
        raise OccurrenceOver


def _check_target(series: Opened, moved: Occurrence) -> None:
    if moved.starts_at <= series.tenant.now:
        refuse("#/to", "date_in_past", "That time is over.")
    if moved.on > series.furthest:
        refuse("#/to", "date_out_of_range", "At most two years from now.")
    if moved.on.toordinal() in series.dates.days_off:
        refuse("#/to", "day_off", "A holiday, or another day off of the employer's.")
    last = local_date(moved.ends_at - timedelta(minutes=1), series.dates.zone)
    if last > moved.on:
        refuse("#/at", "passes_midnight", "The slots would last into the next day.")
    if series.dates.in_the_way(moved):
        raise InTheWay


def cancel_occurrence(
    conn: Connection, tenant_id: str, series_id: str, day: date, now: datetime
) -> None:
    """Cancel one occurrence, and the meetings planned in it."""
    series = open_series(conn, tenant_id, series_id, now)
    present = _of_the_rule(series, day)
    if present.state == "cancelled":
        return
    _check_may_change(series, present)
    change = Change(cancelled=True, sequence=present.sequence + 1)
    store.save_change(conn, series.row, day, change, now)
    _call_off(series, _planned(series, store.planned_in, day))


def end_series(
    conn: Connection, tenant_id: str, series_id: str, last_day: date, now: datetime
) -> None:
    """Let the series end. What is planned in later occurrences is cancelled."""
    series = open_series(conn, tenant_id, series_id, now)
    present = series.row.last_day
    if present == last_day:
        return
    if present is not None and last_day > present:
        raise SeriesEndsBefore
    if last_day < series.tenant.today:
        refuse("#/last_day", "date_in_past", "A series ends today at the earliest.")
    store.end_series(conn, series.row, last_day, now)
    later = _planned(series, store.planned_after, last_day)
    _call_off(series, [(row, referral) for row, referral in later if row.starts_at > now])


def follow_settings(
    conn: Connection, tenant_id: str, days_off: Collection[date], now: datetime
) -> None:
    """The time zone or the days off have changed: what is booked goes with its series.

    Nine o'clock stays nine o'clock. `days_off`: those that are new. A meeting on one of them is
    not called off by a calendar: its manager hears that something waits, and decides.
    """
    tenant = tenant_today(conn, tenant_id, now)
    for row in store.locked_series(conn, tenant_id):
        _follow(Opened(conn, tenant, row, series_dates(conn, tenant, row)))
    zone = tenant.settings.time_zone
    on_days_off = [
        row.employee_id
        for row in planned_after(conn, tenant_id, now)
        if local_date(row.starts_at, zone) in days_off
    ]
    something_waits(conn, tenant, employees_of(conn, tenant_id, set(on_days_off)).values())


def _follow(series: Opened) -> None:
    """Bring the meetings to come to where their slots are now."""
    conn, tenant = series.conn, series.tenant
    store.count_change(conn, series.row, tenant.now)
    notices = []
    for row, referral in _planned(series, store.planned_after, date.min):
        occurrence = series.dates.occurrence(row.occurrence)
        if occurrence is None:
            continue
        starts_at = series.dates.slot_starts(occurrence, row.slot)
        if starts_at != row.starts_at and min(starts_at, row.starts_at) > tenant.now:
            changed = change_meeting(conn, row, {"starts_at": starts_at}, tenant.now)
            notices.append(meeting_notice("meeting.planned", changed, referral))
    tell(conn, tenant.tenant_id, notices, tenant.now)


def _of_the_rule(series: Opened, day: date) -> Occurrence:
    """The occurrence of a day, a day off among them; raises NotFound."""
    dates = series.dates
    if not dates.gives(day):
        raise NotFound
    return dates.occurrence(day) or dates.placed(day, day, dates.at, "planned")


def _planned(series: Opened, read: _Read, day: date) -> list[tuple[Any, Any]]:
    """Planned meetings, each with its referral if any, once their employees are locked."""
    conn, tenant_id = series.conn, series.tenant.tenant_id
    lock_employees(conn, tenant_id, {row.employee_id for row in read(conn, series.row, day)})
    rows = read(conn, series.row, day)  # as they are now that nobody else changes them
    referrals = referral_rows(conn, tenant_id, {r.referral_id for r in rows if r.referral_id})
    return [(row, referrals.get(row.referral_id)) for row in rows]


def _call_off(series: Opened, planned: Sequence[tuple[Any, Any]]) -> None:
    conn, tenant = series.conn, series.tenant
    for row, referral in planned:
        tell(conn, tenant.tenant_id, cancel_meetings(conn, tenant, [row], referral), tenant.now)


def refuse(pointer: str, code: str, detail: str) -> NoReturn:
    """Raise InvalidInput for one field."""
    raise InvalidInput([FieldError(pointer, code, detail)])
