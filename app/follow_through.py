"""What a referral's change brings with it: its deadlines, and the meetings that it ends.

Reconciliation and people's decisions change referrals alike; both come through here.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.policy import Period
from app.absences.store import employees_of, lock_employees
from app.absences.workdays import Workdays
from app.casebook import Tenant
from app.core.clock import local_date
from app.delivery.notices import meeting_notice
from app.delivery.payloads import Notice
from app.flags.picture import ENDED
from app.mail.tell import something_waits
from app.meetings.store import change_meeting, planned_of_referral
from app.plans.store import next_follow_ups
from app.referrals.deadlines import (
    STEP_OF,
    Allowed,
    Entered,
    Standing,
    shown_deadline,
    step_deadline,
)
from app.referrals.store import change_referral, moves_of, open_referrals, referral_rows

CHUNK = 500


def set_deadlines(conn: Connection, tenant: Tenant, referral_ids: Collection[str]) -> None:
    """Bring the stored deadlines of those referrals up to date."""
    rows = referral_rows(conn, tenant.tenant_id, referral_ids)
    moves = moves_of(conn, tenant.tenant_id, referral_ids)
    follow_ups = next_follow_ups(conn, tenant.tenant_id, referral_ids)
    employees = employees_of(conn, tenant.tenant_id, {row.employee_id for row in rows.values()})
    allowed = _allowed(tenant)
    for referral_id, row in rows.items():
        standing = Standing(
            [Entered(m.target, _day(tenant, m.at)) for m in moves[referral_id] if _begins(m)],
            row.recommend_three_party,
            follow_ups.get(referral_id),
        )
        days = working_days(tenant, tenant.units().closures(employees[row.employee_id].unit))
        step = _date(step_deadline(standing, allowed, days))
        shown = _date(shown_deadline(standing, allowed, days))
        if (step, shown) != (row.step_due_on, row.shown_due_on):
            values = {"step_due_on": step, "shown_due_on": shown}
            change_referral(conn, tenant.tenant_id, referral_id, values)


def first_deadline(tenant: Tenant, unit: str | None) -> date | None:
    """The deadline of a referral that is requested today for somebody of that unit."""
    standing = Standing([Entered("requested", tenant.today.toordinal())])
    days = working_days(tenant, tenant.units().closures(unit))
    return _date(step_deadline(standing, _allowed(tenant), days))


def set_every_deadline(conn: Connection, tenant: Tenant) -> None:
    """The same for all that is open: the policy or a unit's closures have changed."""
    waiting = open_referrals(conn, tenant.tenant_id)
    # A move under way ends first, and is not overwritten by what was computed without it.
    lock_employees(conn, tenant.tenant_id, waiting.values())
    ids = list(waiting)
    for start in range(0, len(ids), CHUNK):
        set_deadlines(conn, tenant, ids[start : start + CHUNK])


def set_deadlines_of(conn: Connection, tenant: Tenant, employee_ids: Collection[str]) -> None:
    """The same for employees, whose rows are locked: they are of another unit now."""
    if employee_ids:
        set_deadlines(conn, tenant, open_referrals(conn, tenant.tenant_id, employee_ids).keys())


def _begins(made: Any) -> bool:
    """Whether a move begins a step: one that only brought consent, or another time, does not."""
    return bool(made.source != made.target or made.target == "requested")


def working_days(tenant: Tenant, closures: tuple[Period, ...]) -> Workdays:
    """The working days of a unit that is closed in those periods."""
    return Workdays(tenant.policy.holidays, closures)


def _allowed(tenant: Tenant) -> Allowed:
    given = tenant.settings.deadlines
    return Allowed(given.accept_days, given.talk_days, given.three_party_days, given.plan_days)


def _day(tenant: Tenant, at: Any) -> int:
    return local_date(at, tenant.settings.time_zone).toordinal()


def _date(day: int | None) -> date | None:
    return date.fromordinal(day) if day is not None else None


def moved(conn: Connection, tenant: Tenant, before: Any, after: Any) -> list[Notice]:
    """A referral has moved: answers what must be told of its meetings."""
    told_again = {} if same_step(before, after) else {"step_told_on": None}
    if seen_step(before) != seen_step(after):
        told_again["shown_told_on"] = None
    given_anew = before.assignment != after.assignment
    if given_anew:
        told_again = {"step_told_on": None, "shown_told_on": None}
    if told_again:
        change_referral(conn, tenant.tenant_id, after.referral_id, told_again)
    set_deadlines(conn, tenant, [after.referral_id])
    if after.state in ENDED or given_anew:
        return cancel_meetings(conn, tenant, planned_of_referral(conn, *_key(after)), before)
    return []


def waits_for_employer(conn: Connection, tenant: Tenant, row: Any) -> None:
    """Tell the manager that the employer has something to do about a referral."""
    employees = employees_of(conn, tenant.tenant_id, [row.employee_id])
    something_waits(conn, tenant, employees.values())


def asks_employer(before: Any, after: Any, *, by_provider: bool) -> bool:
    """Whether a move leaves the next step to the employer: another way of help, or a plan.

    Who said no, provider or employee, is not told apart.
    """
    if after.state == before.state:
        return False
    said_no = after.state in ("declined", "declined_by_employee")
    return (said_no and by_provider) or after.state == "three_party_held"


def same_step(before: Any, after: Any) -> bool:
    """Whether the deadline that ran goes on: a booking ends none, a no-show begins one anew."""
    came_back = before.state == "booked" and after.state == "accepted"
    return STEP_OF.get(before.state) == STEP_OF.get(after.state) and not came_back


def seen_step(row: Any) -> str | None:
    """The step as the employer sees it without consent."""
    step = STEP_OF.get(row.state)
    return "in_progress" if step in ("talk", "three_party") else step


def _key(row: Any) -> tuple[str, str]:
    return row.tenant_id, row.referral_id


def cancel_meetings(
    conn: Connection, tenant: Tenant, meetings: Sequence[Any], referral: Any
) -> list[Notice]:
    """Cancel planned meetings; answers what must be told."""
    notices = []
    for row in meetings:
        changed = change_meeting(conn, row, {"state": "cancelled"}, tenant.now)
        notices.append(meeting_notice("meeting.cancelled", changed, referral))
    return notices
