"""All SQL about series of meetings, their changed occurrences, and what is booked in them."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Connection, Row

from app.core.db import insert_or_replace, the_one
from app.core.pages import Cut, cut_page
from app.meetings.series.dates import Change, Dates
from app.meetings.tables import Meeting, Occurrence, Series


def add_series(conn: Connection, tenant_id: str, values: Mapping[str, Any]) -> None:
    """Store a new series."""
    conn.execute(insert(Series).values(tenant_id=tenant_id, sequence=0, **values))


def series_row(conn: Connection, tenant_id: str, series_id: str, *, lock: bool = False) -> Row[Any]:
    """One series; raises NotFound. Locked, nobody else books, moves or cancels in it."""
    wanted = select(Series.__table__).where(
        Series.tenant_id == tenant_id, Series.series_id == series_id
    )
    return the_one(conn, wanted.with_for_update() if lock else wanted)


def series_page(
    conn: Connection, tenant_id: str, cut: Cut, *, kind: str | None, unit: str | None
) -> tuple[list[Row[Any]], str | None]:
    """One page of series, of that kind and unit where given."""
    rows = select(Series.__table__).where(Series.tenant_id == tenant_id)
    if kind is not None:
        rows = rows.where(Series.kind == kind)
    if unit is not None:
        rows = rows.where(Series.unit == unit)
    return cut_page(conn, rows, Series.series_id, cut)


def locked_series(conn: Connection, tenant_id: str) -> list[Row[Any]]:
    """Every series of the tenant, locked as one is."""
    rows = select(Series.__table__).where(Series.tenant_id == tenant_id)
    return list(conn.execute(rows.order_by(Series.series_id).with_for_update()))


def count_change(conn: Connection, row: Row[Any], now: datetime) -> None:
    """Let calendars know that a series is not as it was."""
    conn.execute(
        update(Series)
        .where(Series.tenant_id == row.tenant_id, Series.series_id == row.series_id)
        .values(sequence=Series.sequence + 1, changed_at=now)
    )


def end_series(conn: Connection, row: Row[Any], last_day: date, now: datetime) -> None:
    """Let a series end with that day, and count the change."""
    conn.execute(
        update(Series)
        .where(Series.tenant_id == row.tenant_id, Series.series_id == row.series_id)
        .values(last_day=last_day, sequence=Series.sequence + 1, changed_at=now)
    )


def dates_of(conn: Connection, row: Row[Any], *, zone: str, days_off: frozenset[int]) -> Dates:
    """When a stored series is, with all that has been changed in it."""
    return Dates(
        first_day=row.first_day,
        last_day=row.last_day,
        at=time.fromisoformat(row.at),
        interval_weeks=row.interval_weeks,
        slots=row.slots,
        slot_minutes=row.slot_minutes,
        zone=zone,
        changes=changes_of(conn, row.tenant_id, [row.series_id])[row.series_id],
        days_off=days_off,
        booked=_days_booked(conn, row),
    )


def _days_booked(conn: Connection, series: Row[Any]) -> frozenset[date]:
    rows = conn.scalars(
        select(Meeting.occurrence).where(*_in(series), Meeting.state == "planned").distinct()
    )
    return frozenset(day for day in rows if day is not None)


def changes_of(
    conn: Connection, tenant_id: str, series_ids: Collection[str]
) -> defaultdict[str, dict[date, Change]]:
    """What differs from the rule of each series, by the rule's day, in order."""
    rows = conn.execute(
        select(Occurrence.__table__)
        .where(Occurrence.tenant_id == tenant_id, Occurrence.series_id.in_(series_ids))
        .order_by(Occurrence.series_id, Occurrence.day)
    )
    found: defaultdict[str, dict[date, Change]] = defaultdict(dict)
    for row in rows:
        at = time.fromisoformat(row.moved_at) if row.moved_at else None
        found[row.series_id][row.day] = Change(row.moved_to, at, row.cancelled, row.sequence)
    return found


def save_change(
    conn: Connection, series: Row[Any], day: date, change: Change, now: datetime
) -> None:
    """Store what now differs from the rule on that day."""
    values = {
        "moved_to": change.moved_to,
        "moved_at": f"{change.moved_at:%H:%M}" if change.moved_at else None,
        "cancelled": change.cancelled,
        "sequence": change.sequence,
        "changed_at": now,
    }
    key = {"tenant_id": series.tenant_id, "series_id": series.series_id, "day": day}
    conn.execute(insert_or_replace(conn, Occurrence, list(values)), [key | values])


def booked(conn: Connection, series: Row[Any], days: Collection[date]) -> Counter[tuple[date, int]]:
    """How many meetings stand in each slot of those occurrences; cancelled ones do not."""
    rows = conn.execute(
        select(Meeting.occurrence, Meeting.slot, func.count().label("meetings"))
        .where(*_in(series), Meeting.occurrence.in_(days), Meeting.state != "cancelled")
        .group_by(Meeting.occurrence, Meeting.slot)
    )
    return Counter({(row.occurrence, row.slot): row.meetings for row in rows})


def occurrences_of(conn: Connection, series: Row[Any], employee_id: str) -> set[date]:
    """The occurrences in which that employee has a meeting."""
    mine = (Meeting.employee_id == employee_id, Meeting.state != "cancelled")
    rows = conn.scalars(select(Meeting.occurrence).where(*_in(series), *mine))
    return {day for day in rows if day is not None}


def planned_in(conn: Connection, series: Row[Any], day: date) -> list[Row[Any]]:
    """The planned meetings of an occurrence."""
    return _planned(conn, series, Meeting.occurrence == day)


def planned_after(conn: Connection, series: Row[Any], day: date) -> list[Row[Any]]:
    """The planned meetings of all occurrences after a day of the rule."""
    return _planned(conn, series, Meeting.occurrence > day)


def _planned(conn: Connection, series: Row[Any], which: Any) -> list[Row[Any]]:
    rows = conn.execute(
        select(Meeting.__table__)
        .where(*_in(series), Meeting.state == "planned", which)
        .order_by(Meeting.meeting_id)
    )
    return list(rows)


def _in(series: Row[Any]) -> tuple[Any, ...]:
    return (Meeting.tenant_id == series.tenant_id, Meeting.series_id == series.series_id)
