"""Receiving: each event is new, a repeat of what was said, or a contradiction of it.

Identity is (tenant, source, id). A repeat has no effect; a contradiction is refused and nothing
is overwritten. The primary key of the table is the real guard, this is the polite one.
"""

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct
from sqlalchemy.engine import Connection

from app.intake.event import Event, content_hash
from app.intake.store import Identity, stored_hashes

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
    """An event with its status, and the employment number of whoever it was first said of.

    `said_of`: the employee's id, where the identity is stored already.
    """

    event: Event
    status: Status
    number: str
    said_of: str | None = None


def sort_out(
    conn: Connection, tenant_id: str, events: Sequence[Event], *, unasked: bool = False
) -> list[Sorted]:
    """Tell new from repeated and contradicting events, in order.

    A contradiction leaves nothing behind, not even the employee it names. `unasked`: none of them
    is taken to be stored; the key of the table then refuses what is (see `keeping.store_unjudged`).
    """
    identities = list(dict.fromkeys((e.source, e.id) for e in events))
    known = {} if unasked else stored_hashes(conn, tenant_id, identities)
    fresh: dict[Identity, Event] = {}
    answer = []
    for event in events:
        identity = (event.source, event.id)
        first = fresh.get(identity)
        if identity in known:
            digest, employee_id = known[identity]
            answer.append(Sorted(event, _compared(digest, event), event.employee, employee_id))
        elif first is not None:
            answer.append(Sorted(event, _compared(content_hash(first), event), first.employee))
        else:
            fresh[identity] = event
            answer.append(Sorted(event, "created", event.employee))
    return answer


def _compared(digest: str, event: Event) -> Status:
    return "duplicate" if digest == content_hash(event) else "conflict"
