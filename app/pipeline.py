"""The way of an event, from the door to the outbox, in one transaction.

Events come in, absences change, rules look, flags are raised or withdrawn, referrals follow, and
what must be told is written down. Callers commit, and answer after the commit.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date, datetime

from sqlalchemy.engine import Connection

from app.absences.store import Employee, lock_employees, set_due
from app.carry_out import carry_out
from app.casebook import due_anew, judge, open_cases, tenant_today
from app.flags.naming import named
from app.intake.receive import Arrival, Receipt
from app.keeping import store
from app.shadowing import note_shadows
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
        due = due_of_quiet(conn, quiet, tenant)
    judged = []
    for case in open_cases(conn, tenant_id, employees):
        decided = named(judge(case, tenant))
        flags = carry_out(conn, tenant, case, decided)
        changed.update(dict.fromkeys(case.ids, flags))
        due.update(due_anew(case, tenant))
        judged.append((case, decided.picture))
    note_shadows(conn, tenant, judged)
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
