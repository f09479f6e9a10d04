"""Receiving: each event is new, a repeat of what was said, or a contradiction of it.

Identity is (tenant, source, id). A repeat has no effect; a contradiction is refused and nothing
is overwritten. The primary key of the table is the real guard, this is the polite one.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

from msgspec import Struct
from sqlalchemy.engine import Connection

from app.intake.event import Event, content_hash
from app.intake.store import Identity, add_events, stored_hashes

Status = Literal["created", "duplicate", "conflict"]


class Arrival(Struct, frozen=True, gc=False):
    """An event at the door of a tenant."""

    tenant_id: str
    event: Event


class Receipt(Struct, frozen=True, gc=False):
    """What became of an arrival. `flags`: those that its transaction raised or changed."""

    status: Status
    employee_id: str
    flags: tuple[str, ...] = ()


class Sorted(Struct, frozen=True, gc=False):
    """An event with its status and, where its identity is known, whose it was said of."""

    event: Event
    status: Status
    said_of: str | None


def sort_out(conn: Connection, tenant_id: str, events: Sequence[Event]) -> list[Sorted]:
    """Tell new from repeated and contradicting events, in order.

    A contradiction leaves nothing behind, not even the employee it names.
    """
    identities = list(dict.fromkeys((e.source, e.id) for e in events))
    known = stored_hashes(conn, tenant_id, identities)
    fresh: dict[Identity, Event] = {}
    answer = []
    for event in events:
        identity = (event.source, event.id)
        first = fresh.get(identity)
        if identity in known:
            digest, employee_id = known[identity]
            answer.append(Sorted(event, _compared(digest, event), employee_id))
        elif first is not None:
            answer.append(Sorted(event, _compared(content_hash(first), event), None))
        else:
            fresh[identity] = event
            answer.append(Sorted(event, "created", None))
    return answer


def receive(
    conn: Connection,
    tenant_id: str,
    found: Sequence[Sorted],
    employees: Mapping[str, str],
    now: datetime,
) -> list[Receipt]:
    """Store what is new and answer for each event, in order.

    `employees` gives the id of each new event's employment number; their rows must be locked.
    """
    fresh = [(employees[s.event.employee], s.event) for s in found if s.status == "created"]
    add_events(conn, tenant_id, fresh, now)
    by_identity = {(event.source, event.id): employee_id for employee_id, event in fresh}
    return [Receipt(s.status, s.said_of or by_identity[s.event.source, s.event.id]) for s in found]


def _compared(digest: str, event: Event) -> Status:
    return "duplicate" if digest == content_hash(event) else "conflict"
