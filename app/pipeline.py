"""The way of an event, from the door to the outbox, in one transaction.

Events come in, absences change, rules look, flags are raised or withdrawn, referrals follow, and
what must be told is written down. Callers commit, and answer after the commit.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime

from sqlalchemy.engine import Connection

from app.absences.store import Employee, lock_employees, set_due, take_employees, take_ids
from app.absences.take_in import take_in
from app.carry_out import carry_out
from app.casebook import due_anew, judge, open_cases, tenant_today
from app.feeds.store import note_heard
from app.intake.event import Event
from app.intake.receive import Arrival, Receipt, Sorted, sort_out
from app.intake.store import add_events
from app.stirring import WORTH_ASKING, due_of_quiet, stirred


def ingest(conn: Connection, arrivals: Sequence[Arrival], now: datetime) -> list[Receipt]:
    """Take in a batch of events of any tenants and answer for each, in order."""
    receipts: dict[int, Receipt] = {}
    by_tenant: defaultdict[str, list[int]] = defaultdict(list)
    for place, arrival in enumerate(arrivals):
        by_tenant[arrival.tenant_id].append(place)
    for tenant_id, places in sorted(by_tenant.items()):
        events = [arrivals[place].event for place in places]
        answers, employees = store(conn, tenant_id, events, now)
        flags = look(conn, tenant_id, employees, now)
        for place, receipt in zip(places, answers, strict=True):
            raised = flags.get(receipt.employee_id, ()) if receipt.status == "created" else ()
            receipts[place] = Receipt(receipt.status, receipt.employee_id, tuple(raised))
    return [receipts[place] for place in range(len(arrivals))]


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


def look(
    conn: Connection,
    tenant_id: str,
    employees: Sequence[Employee],
    now: datetime,
    *,
    mostly_quiet: bool = False,
) -> dict[str, list[str]]:
    """Judge the employees, whose rows are locked; answers the flags raised or changed of each.

    Of many, or where it is said to be so of most, those are left out whose case is closed
    without a look.
    """
    if not employees:
        return {}
    tenant = tenant_today(conn, tenant_id, now)
    changed: dict[str, list[str]] = {}
    due: dict[str, date | None] = {}
    if mostly_quiet or len(employees) >= WORTH_ASKING:
        employees, quiet = stirred(conn, tenant, employees)
        due = due_of_quiet(quiet, tenant)
    for case in open_cases(conn, tenant_id, employees):
        flags = carry_out(conn, tenant, case, judge(case, tenant))
        changed.update(dict.fromkeys(case.ids, flags))
        due.update(due_anew(case, tenant))
    set_due(conn, tenant_id, due)
    return changed


def look_again(
    conn: Connection,
    tenant_id: str,
    employee_ids: Collection[str],
    now: datetime,
    *,
    mostly_quiet: bool = False,
) -> dict[str, list[str]]:
    """Lock and judge employees by id."""
    employees = lock_employees(conn, tenant_id, employee_ids)
    return look(conn, tenant_id, employees, now, mostly_quiet=mostly_quiet)
