"""Whom a look can change anything for, told from few columns of many employees at once.

After a first load of years of history that is hardly anybody: what a rule may act on begins with
the day it came into force. The others need not have their histories read and judged.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.engine import Connection

from app.absences.due import next_look
from app.absences.folded.store import last_days
from app.absences.store import Employee
from app.casebook import Tenant, pauses_on
from app.flags.store import flagged_or_exempt
from app.rules.store import watched
from app.rules.versions import StoredVersion

WORTH_ASKING = 100
"""For fewer employees the question costs more than their cases."""
_NEVER = date.max.toordinal()


def stirred(
    conn: Connection, tenant: Tenant, employees: Sequence[Employee]
) -> tuple[list[Employee], list[Employee]]:
    """The employees parted: for whom a look may change something, and for whom it cannot.

    It cannot where there is no flag and no exemption, no other employment, and no sick day on
    which a rule in force may still act, nor one to come: every trigger is a sick day, and one that
    a rule may not act on changes nothing (semantics 7, step 5). A silence only keeps from acting.
    """
    ids = [employee.employee_id for employee in employees]
    last = last_days(conn, tenant.tenant_id, ids)
    held = flagged_or_exempt(conn, tenant.tenant_id, ids)
    today = tenant.today.toordinal()
    since = _first_day_to_act_on(watched(conn, tenant.tenant_id, ()), today)
    parted: tuple[list[Employee], list[Employee]] = ([], [])
    for employee in employees:
        reach = last.get(employee.employee_id, 0)
        silent = max(since, (employee.silent_through or 0) + 1)
        quiet = reach <= today and reach < silent and employee.person_id is None
        parted[quiet and employee.employee_id not in held].append(employee)
    return parted


def _first_day_to_act_on(versions: Sequence[StoredVersion], today: int) -> int:
    """The first day on which any rule in force may act as of today."""
    days = [
        max(version.live_from, today - version.document.max_age_days)
        for version in versions
        if version.active and version.live_from is not None
    ]
    return min(days, default=_NEVER)


def due_of_quiet(
    conn: Connection, employees: Sequence[Employee], tenant: Tenant
) -> dict[str, date | None]:
    """The rows of quiet employees whose day is to change.

    Time alone ends an employment or a silence, and there is nothing that a silence suppresses.
    """
    today = tenant.today.toordinal()
    pauses = pauses_on(conn, tenant.tenant_id, employees)
    found = {}
    for employee in employees:
        ends = [pause.last for pause in pauses.get(employee.employee_id, ())]
        day = next_look((), employee.employment, ends, today=today)
        due_on = date.fromordinal(day) if day else None
        if due_on != employee.due_on:
            found[employee.employee_id] = due_on
    return found
