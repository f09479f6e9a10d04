"""Decisions about action plans: written, adopted, followed up until the referral closes."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.policy import ordinal
from app.absences.store import Employee, employee_of, lock_employees
from app.casebook import Tenant, tenant_today
from app.core.clock import local_date
from app.core.errors import FieldError, InvalidInput, NotFound
from app.core.etags import of_version, refuse_stale
from app.core.ids import new_id
from app.decisions.days import check_employed, check_not_before, check_past, check_planned
from app.decisions.referrals import Step, make_move
from app.decisions.refusals import CaseClosed, InvalidTransition
from app.flags.picture import ENDED
from app.follow_through import set_deadlines
from app.pipeline import look_again
from app.plans.store import (
    add_plan,
    adopted_plan_of,
    change_plan,
    follow_ups_of,
    next_follow_ups,
    note_follow_up,
    plan_row,
    replace_follow_ups,
)
from app.referrals.deadlines import follow_up_days
from app.referrals.store import change_referral, referral_row

Measure = dict[str, Any]


def write_plan(
    conn: Connection,
    tenant_id: str,
    *,
    referral_id: str | None,
    employee_id: str | None,
    measures: Sequence[Measure],
    follow_ups: Sequence[date],
    now: datetime,
) -> str:
    """A draft of a plan, for a referral or for an employee without one; answers its id."""
    if referral_id is not None:
        row = referral_row(conn, tenant_id, referral_id)
        if employee_id not in (None, row.employee_id):
            detail = "The referral is of another employee."
            raise InvalidInput([FieldError("#/referral_id", "other_employee", detail)])
        employee_id = row.employee_id
    if employee_id is None:
        detail = "Name the referral, or the employee."
        raise InvalidInput([FieldError("#/referral_id", "missing", detail)])
    employees = lock_employees(conn, tenant_id, [employee_id])
    if not employees:
        raise NotFound
    today = tenant_today(conn, tenant_id, now).today
    _check_days(employees[0], measures, follow_ups, today)
    assignment: int | None = None
    if referral_id is not None:
        row = referral_row(conn, tenant_id, referral_id)
        if row.state in ENDED:
            raise CaseClosed
        assignment = row.assignment
    plan = {
        "plan_id": new_id("pln"),
        "employee_id": employee_id,
        "referral_id": referral_id,
        "assignment": assignment,
        "state": "draft",
        "measures": list(measures),
        "created_at": now,
        "changed_at": now,
    }
    add_plan(conn, tenant_id, plan, sorted(set(follow_ups)))
    return str(plan["plan_id"])


def _check_days(
    employee: Employee, measures: Sequence[Measure], follow_ups: Sequence[date], today: date
) -> None:
    """What is agreed lies in the employment, and not beyond reason."""
    named = {f"#/measures/{n}/due_on": ordinal(m["due_on"]) for n, m in enumerate(measures)}
    named |= {f"#/follow_ups/{n}": day.toordinal() for n, day in enumerate(follow_ups)}
    for pointer, day in named.items():
        check_planned(employee.employment, date.fromordinal(day), today, pointer)


def _locked(
    conn: Connection, tenant_id: str, plan_id: str, if_match: str | None, now: datetime
) -> tuple[Any, Tenant]:
    """The plan with its employee locked; raises StaleWrite when another version was meant."""
    lock_employees(conn, tenant_id, [plan_row(conn, tenant_id, plan_id).employee_id])
    row = plan_row(conn, tenant_id, plan_id)
    refuse_stale(if_match, of_version(row.version))
    return row, tenant_today(conn, tenant_id, now)


def rewrite(
    conn: Connection,
    tenant_id: str,
    plan_id: str,
    *,
    measures: Sequence[Measure],
    follow_ups: Sequence[date] | None,
    if_match: str | None,
    now: datetime,
) -> None:
    """The measures as they now are; follow-ups stay as they were agreed once it is adopted."""
    row, tenant = _locked(conn, tenant_id, plan_id, if_match, now)
    if row.state == "done":
        raise InvalidTransition(allowed=[])
    employee = employee_of(conn, tenant_id, row.employee_id)
    _check_days(employee, measures, follow_ups or (), tenant.today)
    if follow_ups is not None:
        if row.state != "draft":
            detail = "The follow-ups of an adopted plan stay as they were agreed."
            raise InvalidInput([FieldError("#/follow_ups", "plan_adopted", detail)])
        replace_follow_ups(conn, tenant_id, plan_id, sorted(set(follow_ups)))
    kept = with_what_was_done(row.measures, measures)
    if kept is None:
        detail = "A measure that was carried out stays in the plan."
        raise InvalidInput([FieldError("#/measures", "done_measure_missing", detail)])
    change_plan(conn, tenant_id, plan_id, {"measures": kept, "changed_at": now})


def with_what_was_done(before: Sequence[Measure], after: Sequence[Measure]) -> list[Measure] | None:
    """The new measures with the days on which those that stay were carried out.

    None when one of the carried out is not among them any more.
    """
    done = [dict(measure) for measure in before if measure["done_on"]]
    kept = []
    for measure in after:
        same = [one for one in done if _agreement(one) == _agreement(measure)]
        if same:
            done.remove(same[0])
        kept.append({**measure, "done_on": same[0]["done_on"] if same else None})
    return None if done else kept


def _agreement(measure: Measure) -> tuple[str, str]:
    """What makes a measure the same one, whenever it is due."""
    return measure["code"], measure["responsible"]


def adopt(
    conn: Connection,
    tenant_id: str,
    plan_id: str,
    *,
    by: str,
    employer_on: date,
    employee_on: date,
    if_match: str | None,
    now: datetime,
) -> None:
    """Employer and employee adopt the plan; its referral follows, and follow-ups begin to run."""
    row, tenant = _locked(conn, tenant_id, plan_id, if_match, now)
    if row.state != "draft":
        return
    days = {"#/employer_adopted_on": employer_on, "#/employee_adopted_on": employee_on}
    _check_adoption(conn, tenant, row, days)
    agreed = follow_ups_of(conn, tenant_id, [plan_id])[plan_id]
    if any(follow_up.due_on < max(employer_on, employee_on) for follow_up in agreed):
        detail = "A follow-up comes after the plan was adopted; give other days."
        raise InvalidInput([FieldError("#/employer_adopted_on", "after_follow_up", detail)])
    if not agreed:
        months = tenant.settings.deadlines.follow_up_months
        replace_follow_ups(
            conn, tenant_id, plan_id, follow_up_days(max(employer_on, employee_on), months)
        )
    adopted = {
        "state": "adopted",
        "adopted_by": by,
        "employer_adopted_on": employer_on,
        "employee_adopted_on": employee_on,
        "changed_at": now,
    }
    change_plan(conn, tenant_id, plan_id, adopted)
    if row.referral_id:
        make_move(conn, tenant, row.referral_id, Step("adopt-plan", "employer", by))
        _await_follow_up(conn, tenant, row.referral_id)
    look_again(conn, tenant_id, [row.employee_id], now)


def _check_adoption(conn: Connection, tenant: Tenant, plan: Any, days: Mapping[str, date]) -> None:
    """Both adopt it in the employment, after the referral was made and while it is open."""
    employee = employee_of(conn, tenant.tenant_id, plan.employee_id)
    for pointer, day in days.items():
        check_past(pointer, day, tenant.today)
        check_employed(employee.employment, day, pointer)
    if plan.referral_id is None:
        return
    referral = referral_row(conn, tenant.tenant_id, plan.referral_id)
    if referral.state in ENDED:
        raise CaseClosed
    requested_on = local_date(referral.requested_at, tenant.settings.time_zone)
    for pointer, day in days.items():
        check_not_before(pointer, day, requested_on, "before_request")


def _adopted_on(plan: Any) -> date:
    """The day from which the plan holds: the later of the two."""
    adopted_on: date = max(plan.employer_adopted_on, plan.employee_adopted_on)
    return adopted_on


def finish_measure(
    conn: Connection, tenant_id: str, plan_id: str, number: int, done_on: date, now: datetime
) -> None:
    """A measure of an adopted plan was carried out."""
    row, tenant = _locked(conn, tenant_id, plan_id, None, now)
    if not 1 <= number <= len(row.measures):
        raise NotFound
    if row.state == "draft":
        raise InvalidTransition(allowed=["adopt"])
    check_past("#/done_on", done_on, tenant.today)
    check_not_before("#/done_on", done_on, _adopted_on(row), "before_adoption")
    if row.measures[number - 1]["done_on"] is None:
        measures = [dict(measure) for measure in row.measures]
        measures[number - 1]["done_on"] = done_on.isoformat()
        change_plan(conn, tenant_id, plan_id, {"measures": measures, "changed_at": now})


def finish_follow_up(
    conn: Connection,
    tenant_id: str,
    plan_id: str,
    number: int,
    *,
    done_on: date,
    work_status: str | None,
    by: str,
    now: datetime,
) -> None:
    """A follow-up was done; the last one closes the plan and its referral."""
    row, tenant = _locked(conn, tenant_id, plan_id, None, now)
    found = [f for f in follow_ups_of(conn, tenant_id, [plan_id])[plan_id] if f.number == number]
    if not found:
        raise NotFound
    if row.state == "draft":
        raise InvalidTransition(allowed=["adopt"])
    if found[0].done_on is not None:
        return
    check_past("#/done_on", done_on, tenant.today)
    check_not_before("#/done_on", done_on, _adopted_on(row), "before_adoption")
    _done(conn, tenant, row, number, done_on, work_status, by)
    look_again(conn, tenant_id, [row.employee_id], now)


def follow_up_held(
    conn: Connection,
    tenant: Tenant,
    referral: Any,
    held_on: date,
    work_status: str | None,
    by: str,
) -> None:
    """A held follow-up meeting does the next follow-up of the referral's plan, if one waits."""
    row = adopted_plan_of(conn, tenant.tenant_id, referral.referral_id)
    if row is None or held_on < _adopted_on(row):
        return
    waiting = [
        follow_up.number
        for follow_up in follow_ups_of(conn, tenant.tenant_id, [row.plan_id])[row.plan_id]
        if follow_up.done_on is None
    ]
    if waiting:
        _done(conn, tenant, row, waiting[0], held_on, work_status, by)


def _done(
    conn: Connection,
    tenant: Tenant,
    plan: Any,
    number: int,
    done_on: date,
    work_status: str | None,
    by: str,
) -> None:
    values = {"done_on": done_on, "work_status": work_status}
    note_follow_up(conn, tenant.tenant_id, plan.plan_id, number, values)
    rest = follow_ups_of(conn, tenant.tenant_id, [plan.plan_id])[plan.plan_id]
    over = all(follow_up.done_on for follow_up in rest)
    changed = {"changed_at": tenant.now, **({"state": "done"} if over else {})}
    change_plan(conn, tenant.tenant_id, plan.plan_id, changed)
    if plan.referral_id is None:
        return
    row = referral_row(conn, tenant.tenant_id, plan.referral_id)
    if row.state != "plan_adopted":
        return
    if plan.referral_id in next_follow_ups(conn, tenant.tenant_id, [plan.referral_id]):
        _await_follow_up(conn, tenant, plan.referral_id)
        return
    step = Step("last-follow-up", "employer", by, reason="plan_completed")
    make_move(conn, tenant, plan.referral_id, step)


def _await_follow_up(conn: Connection, tenant: Tenant, referral_id: str) -> None:
    """Another follow-up is the next one: its day runs, and passing it is told anew."""
    before = referral_row(conn, tenant.tenant_id, referral_id).step_due_on
    set_deadlines(conn, tenant, [referral_id])
    if referral_row(conn, tenant.tenant_id, referral_id).step_due_on != before:
        told_again = {"step_told_on": None, "shown_told_on": None}
        change_referral(conn, tenant.tenant_id, referral_id, told_again)
