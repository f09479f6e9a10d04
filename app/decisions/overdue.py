"""Deadlines that time has passed: told once for each step, to whom the step is no secret."""

from datetime import date, datetime

from sqlalchemy.engine import Connection

from app.absences.store import lock_employees
from app.casebook import tenant_today
from app.delivery.notices import overdue_notices
from app.delivery.outbox import tell
from app.flags.picture import ENDED
from app.mail.tell import something_waits
from app.referrals.store import change_referral, overdue_referrals, referral_row


def tell_overdue(conn: Connection, tenant_id: str, limit: int, now: datetime) -> list[str]:
    """Tell of some referrals that are late; answers the ids of their employees.

    What was told is written beside the deadline, so a tick that was missed loses nothing and one
    that comes twice tells nothing twice.
    """
    tenant = tenant_today(conn, tenant_id, now)
    waiting = overdue_referrals(conn, tenant_id, tenant.today, limit)
    locked = lock_employees(conn, tenant_id, {employee_id for _, employee_id in waiting})
    employees = {e.employee_id: e for e in locked}
    late = []
    for referral_id, employee_id in waiting:
        row = referral_row(conn, tenant_id, referral_id)
        step = _is_new(row.step_due_on, row.step_told_on, tenant.today)
        shown = _is_new(row.shown_due_on, row.shown_told_on, tenant.today)
        if row.state in ENDED or not (step or shown):
            continue
        notices = overdue_notices(row, step=step, shown=shown)
        tell(conn, tenant_id, notices, now)
        if any(notice.employer is not None for notice in notices):
            late.append(employees[employee_id])
        told = {"step_told_on": step, "shown_told_on": shown}
        values = {name: tenant.today for name, new in told.items() if new}
        change_referral(conn, tenant_id, referral_id, values)
    something_waits(conn, tenant, late, again=True)
    return [employee_id for _, employee_id in waiting]


def _is_new(due_on: date | None, told_on: date | None, today: date) -> bool:
    return due_on is not None and told_on is None and due_on < today
