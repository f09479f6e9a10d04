"""Flags that wait for a person: told when they are raised, and again until they are decided.

When to tell again stands in the flag's row, in working days of the employee's unit: so days
without a running process lose nothing, and make one reminder, not several.
"""

from collections.abc import Collection
from datetime import date

from sqlalchemy.engine import Connection

from app.absences.store import Employee
from app.absences.workdays import Workdays
from app.core.clock import local_date
from app.flags.store import flags_to_remind, remind_of
from app.mail.tell import Employer, slot_for, something_waits


def flags_wait(
    conn: Connection, employer: Employer, employee: Employee, flag_ids: Collection[str]
) -> None:
    """Tell of an employee's flags just raised that are open, and note when to remind of them."""
    if not flag_ids:
        return
    something_waits(conn, employer, [employee] * len(flag_ids))
    on = _next_reminder(employer, employee, again=False)
    remind_of(conn, employer.tenant_id, dict.fromkeys(flag_ids, on))


def remind(conn: Connection, employer: Employer, *, limit: int) -> int:
    """Remind of some open flags that have waited long enough; answers how many it looked at.

    Flags that another process is at are left to it.
    """
    due = flags_to_remind(conn, employer.tenant_id, employer.today, limit, lock=True)
    if not due:
        return 0
    today = employer.today.toordinal()
    told: list[Employee] = []
    following: dict[str, date] = {}
    for flag_id, employee in due:
        workdays = _workdays(employer, employee)
        if workdays.is_one(today):
            told.append(employee)
            following[flag_id] = _next_reminder(employer, employee, again=True)
        else:
            following[flag_id] = date.fromordinal(workdays.on_or_after(today))
    something_waits(conn, employer, told, again=True)
    remind_of(conn, employer.tenant_id, following)
    return len(due)


def _next_reminder(employer: Employer, employee: Employee, *, again: bool) -> date:
    """Counted from the day of the mail, so that nothing is told twice in one."""
    told_on = local_date(slot_for(employer, again=again), employer.settings.time_zone)
    workdays = _workdays(employer, employee)
    remind_days = employer.settings.mail.remind_days
    return date.fromordinal(workdays.after(told_on.toordinal(), remind_days))


def _workdays(employer: Employer, employee: Employee) -> Workdays:
    return Workdays(employer.policy.holidays, employer.units().closures(employee.unit))
