"""All SQL about events."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select, tuple_
from sqlalchemy.engine import Connection, Row

from app.intake.event import Event, content_hash, said_from_json, said_to_json
from app.intake.tables import Event as EventRow

Identity = tuple[str, str]
"""Source and id: with the tenant, an event's identity."""

MAX_KEYS = 400
"""Row values in one IN: well under SQLite's limit of parameters."""


def stored_hashes(
    conn: Connection, tenant_id: str, identities: Sequence[Identity]
) -> dict[Identity, tuple[str, str]]:
    """Content hash and employee id of those identities that are stored."""
    found: dict[Identity, tuple[str, str]] = {}
    identity = tuple_(EventRow.source, EventRow.id)
    for start in range(0, len(identities), MAX_KEYS):
        rows = conn.execute(
            select(EventRow.source, EventRow.id, EventRow.content_hash, EventRow.employee_id)
            .where(EventRow.tenant_id == tenant_id)
            .where(identity.in_(identities[start : start + MAX_KEYS]))
        )
        found |= {(r.source, r.id): (r.content_hash, r.employee_id) for r in rows}
    return found


def add_events(
    conn: Connection, tenant_id: str, events: Sequence[tuple[str, Event]], now: datetime
) -> None:
    """Store events, each with its employee's id. An identity stored meanwhile by another process
    is an IntegrityError: the transaction fails and, tried again, finds it."""
    if not events:
        return
    rows = [
        {
            "tenant_id": tenant_id,
            "source": event.source,
            "id": event.id,
            "employee_id": employee_id,
            "absence": event.absence,
            "type": event.type,
            "occurred_at": event.occurred_at,
            "said": said_to_json(event.said),
            "content_hash": content_hash(event),
            "received_at": now,
        }
        for employee_id, event in events
    ]
    conn.execute(insert(EventRow), rows)


def events_of(
    conn: Connection, tenant_id: str, keys: Sequence[tuple[str, str, str]]
) -> dict[tuple[str, str, str], list[Event]]:
    """All events of those absences (employee id, source, absence)."""
    found: defaultdict[tuple[str, str, str], list[Event]] = defaultdict(list)
    key = tuple_(EventRow.employee_id, EventRow.source, EventRow.absence)
    for start in range(0, len(keys), MAX_KEYS):
        rows = conn.execute(
            select(EventRow.__table__).where(
                EventRow.tenant_id == tenant_id, key.in_(keys[start : start + MAX_KEYS])
            )
        )
        for row in rows:
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
