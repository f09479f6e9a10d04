"""Receiving: each event is new, a repeat of what was said, or a contradiction of it.

Identity is (tenant, source, id). A repeat has no effect; a contradiction is refused and nothing
is overwritten. The primary key of the table is the real guard, this is the polite one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy.engine import Connection

from app.intake.event import Event, content_hash
from app.intake.store import Identity, add_events, stored_hashes

Status = Literal["created", "duplicate", "conflict"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event at the door of a tenant."""

    tenant_id: str
    event: Event


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of an arrival. `flags`: those that its transaction raised or changed."""

    status: Status
    employee_id: str
    flags: tuple[str, ...] = ()


def receive(
    conn: Connection,
    tenant_id: str,
    events: Sequence[Event],
    employees: Mapping[str, str],
    now: datetime,
) -> list[Receipt]:
    """Store what is new and answer for each event, in order.

    `employees` gives the id of each employment number; their rows must be locked.
    """
    identities = list(dict.fromkeys((e.source, e.id) for e in events))
    known = stored_hashes(conn, tenant_id, identities)
    receipts: list[Receipt] = []
    fresh: list[tuple[str, Event]] = []
    for event in events:
        employee_id = employees[event.employee]
        status = _status(known, event)
        if status == "created":
            known[event.source, event.id] = (content_hash(event), employee_id)
            fresh.append((employee_id, event))
        receipts.append(Receipt(status, employee_id))
    add_events(conn, tenant_id, fresh, now)
    return receipts


def _status(known: Mapping[Identity, tuple[str, str]], event: Event) -> Status:
    said_before = known.get((event.source, event.id))
    if said_before is None:
        return "created"
    return "duplicate" if said_before[0] == content_hash(event) else "conflict"
