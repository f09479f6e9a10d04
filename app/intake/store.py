"""All SQL about events."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.engine import Connection, Row

from app.core.instants import utc_text
from app.core.rows import insert_rows, instant_form, utc_form
from app.core.sets import among, listed
from app.intake.event import Event, content_hash, said_from_json, said_text
from app.intake.tables import Event as EventRow

Identity = tuple[str, str]
"""Source and id: with the tenant, an event's identity."""

_HASHES = select(EventRow.source, EventRow.id, EventRow.content_hash, EventRow.employee_id).where(
    EventRow.tenant_id == bindparam("tenant"),
    among("identities", EventRow.source, EventRow.id, led_by=2),
)


def stored_hashes(
    conn: Connection, tenant_id: str, identities: Sequence[Identity]
) -> dict[Identity, tuple[str, str]]:
    """Content hash and employee id of those identities that are stored."""
    rows = conn.execute(_HASHES, {"tenant": tenant_id, "identities": listed(identities)})
    return {(source, name): (digest, whose) for source, name, digest, whose in rows.all()}


_COLUMNS = (
    "tenant_id",
    "source",
    "id",
    "employee_id",
    "absence",
    "type",
    "occurred_at",
    "said",
    "content_hash",
    "received_at",
)


def add_events(
    conn: Connection, tenant_id: str, events: Sequence[tuple[str, Event]], now: datetime
) -> None:
    """Store events, each with its employee's id. An identity stored meanwhile by another process
    is an IntegrityError: the transaction fails and, tried again, finds it."""
    stored = utc_form(conn)
    received_at = instant_form(conn)(now)
    rows = (
        (
            tenant_id,
            event.source,
            event.id,
            employee_id,
            event.absence,
            event.type,
            stored(occurred_at := utc_text(event.occurred_at)),
            said := said_text(event.said),
            content_hash(event, said, occurred_at),
            received_at,
        )
        for employee_id, event in events
    )
    insert_rows(conn, EventRow, _COLUMNS, rows, len(events))


_OF_ABSENCES = select(EventRow.__table__).where(
    EventRow.tenant_id == bindparam("tenant"),
    among("absences", EventRow.employee_id, EventRow.source, EventRow.absence),
)


def events_of(
    conn: Connection, tenant_id: str, keys: Sequence[tuple[str, str, str]]
) -> dict[tuple[str, str, str], list[Event]]:
    """All events of those absences (employee id, source, absence)."""
    found: defaultdict[tuple[str, str, str], list[Event]] = defaultdict(list)
    if keys:
        given = {"tenant": tenant_id, "absences": listed(keys)}
        for row in conn.execute(_OF_ABSENCES, given):
            found[row.employee_id, row.source, row.absence].append(_event(row))
    return dict(found)


def events_of_employees(
    conn: Connection, tenant_id: str, employee_ids: Collection[str]
) -> list[Event]:
    """All events of those employees, in the order they occurred."""
    rows = conn.execute(
        select(EventRow.__table__)
        .where(EventRow.tenant_id == tenant_id, EventRow.employee_id.in_(employee_ids))
        .order_by(EventRow.occurred_at, EventRow.id)
    )
    return [_event(row) for row in rows]


def _event(row: Row[Any]) -> Event:
    return Event(
        source=row.source,
        id=row.id,
        type=row.type,
        occurred_at=row.occurred_at.astimezone(UTC),
        employee=row.employee_id,
        absence=row.absence,
        said=said_from_json(row.said),
    )
