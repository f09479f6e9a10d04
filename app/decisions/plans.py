"""Decisions about action plans: written, adopted, followed up until the referral closes."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.store import lock_employees
from app.casebook import Tenant, tenant_today
from app.core.errors import FieldError, InvalidInput, NotFound
from app.core.etags import of_version, refuse_stale
from app.core.ids import new_id
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
    if not lock_employees(conn, tenant_id, [employee_id]):
        raise NotFound
    if referral_id is not None and referral_row(conn, tenant_id, referral_id).state in ENDED:
        raise CaseClosed
    plan = {
        "plan_id": new_id("pln"),
        "employee_id": employee_id,
        "referral_id": referral_id,
        "state": "draft",
        "measures": list(measures),
        "created_at": now,
        "changed_at": now,
    }
    add_plan(conn, tenant_id, plan, sorted(set(follow_ups)))
    return str(plan["plan_id"])


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
    row, _ = _locked(conn, tenant_id, plan_id, if_match, now)
    if row.state == "done":
        raise InvalidTransition(allowed=[])
    if follow_ups is not None:
        if row.state != "draft":
            detail = "The follow-ups of an adopted plan stay as they were agreed."
            raise InvalidInput([FieldError("#/follow_ups", "plan_adopted", detail)])
        replace_follow_ups(conn, tenant_id, plan_id, sorted(set(follow_ups)))
    change_plan(conn, tenant_id, plan_id, {"measures": list(measures), "changed_at": now})


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
    _check_past({"employer_adopted_on": employer_on, "employee_adopted_on": employee_on}, tenant)
    if row.referral_id and referral_row(conn, tenant_id, row.referral_id).state in ENDED:
        raise CaseClosed
    if not follow_ups_of(conn, tenant_id, [plan_id])[plan_id]:
        months = tenant.settings.deadlines.follow_up_months
        days = follow_up_days(max(employer_on, employee_on), months)
        replace_follow_ups(conn, tenant_id, plan_id, days)
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
    look_again(conn, tenant_id, [row.employee_id], now)


def _check_past(days: Mapping[str, date], tenant: Tenant) -> None:
    late = [name for name, day in days.items() if day > tenant.today]
    if late:
        detail = "That cannot have been on a day to come."
        raise InvalidInput([FieldError(f"#/{name}", "date_in_future", detail) for name in late])


def finish_measure(
    conn: Connection, tenant_id: str, plan_id: str, number: int, done_on: date, now: datetime
) -> None:
    """A measure of an adopted plan was carried out."""
    row, tenant = _locked(conn, tenant_id, plan_id, None, now)
    if not 1 <= number <= len(row.measures):
        raise NotFound
    if row.state == "draft":
        raise InvalidTransition(allowed=["adopt"])
    _check_past({"done_on": done_on}, tenant)
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
    _check_past({"done_on": done_on}, tenant)
    if done_on < max(row.employer_adopted_on, row.employee_adopted_on):
        detail = "A follow-up comes after the plan was adopted."
        raise InvalidInput([FieldError("#/done_on", "before_adoption", detail)])
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
    if row is None:
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
        change_referral(
            conn, tenant.tenant_id, plan.referral_id, {"step_told_on": None, "shown_told_on": None}
        )
        set_deadlines(conn, tenant, [plan.referral_id])
        return
    step = Step("last-follow-up", "employer", by, reason="plan_completed")
    make_move(conn, tenant, plan.referral_id, step)
