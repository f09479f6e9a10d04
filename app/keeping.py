"""Keeping what comes in: events unchanged, and the absences that they change.

One by one, in batches and from files: it is told from repeats and contradictions, stored and folded
in the same way; only what has to be asked and locked before differs.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.engine import Connection

from app.absences.store import Employee, take_employees, take_ids
from app.absences.take_in import take_in
from app.feeds.store import note_heard
from app.intake.event import Event
from app.intake.receive import Receipt, Sorted, sort_out
from app.intake.store import add_events


def store(
    conn: Connection, tenant_id: str, events: Sequence[Event], now: datetime
) -> tuple[list[Receipt], list[Employee]]:
    """Keep what is new and fold it; answers for each event, and whose history changed."""
    note_heard(conn, tenant_id, {event.source for event in events}, now)
    found = sort_out(conn, tenant_id, events)
    employees = take_employees(conn, tenant_id, _numbers(found), now)
    ids = {number: employee.employee_id for number, employee in employees.items()}
    return _keep(conn, tenant_id, found, ids, now), list(employees.values())


def store_unjudged(
    conn: Connection, tenant_id: str, events: Sequence[Event], now: datetime, *, unasked: bool
) -> list[Receipt]:
    """The same for many events, whose employees are judged later.

    `unasked`: without asking what is stored already, as in a first load. If anything is, a key
    says so (IntegrityError), and the transaction is to be made anew, asking.
    """
    note_heard(conn, tenant_id, {event.source for event in events}, now)
    found = sort_out(conn, tenant_id, events, unasked=unasked)
    ids = take_ids(conn, tenant_id, _numbers(found), now)
    return _keep(conn, tenant_id, found, ids, now, unasked=unasked)


def _numbers(found: Sequence[Sorted]) -> set[str]:
    return {one.number for one in found if one.status == "created"}


def _keep(
    conn: Connection,
    tenant_id: str,
    found: Sequence[Sorted],
    ids: Mapping[str, str],
    now: datetime,
    *,
    unasked: bool = False,
) -> list[Receipt]:
    """Store what is new of the employees with those ids, whose rows are locked, and fold it."""
    fresh = [(ids[one.number], one.event) for one in found if one.status == "created"]
    add_events(conn, tenant_id, fresh, now)
    take_in(conn, tenant_id, fresh, unasked=unasked)
    return [Receipt(one.status, one.said_of or ids[one.number]) for one in found]
