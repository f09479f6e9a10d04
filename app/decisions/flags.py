"""Decisions about a flag: release, dismiss, handle, and the employee's objection."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.store import lock_employees
from app.carry_out import carry_out, request_for
from app.casebook import Case, Tenant, open_cases, tenant_today
from app.core.clock import local_date
from app.core.errors import FieldError, InvalidInput
from app.decisions.referrals import Step, move
from app.decisions.refusals import EmployeeObjects, InvalidTransition
from app.decisions.release import check_informed, check_serves, check_time_to_object, same_name
from app.flags import decide
from app.flags.picture import NOT_YET_BOOKED, Flag, Outcome
from app.flags.reconcile import raise_by_hand
from app.flags.store import flag_row, note_decision
from app.flags.watch import watch
from app.pipeline import look
from app.referrals.request import Request
from app.rules.triggers import triggers_of
from app.standing import stands

OBJECTION = "employee_objects"
"""The reason code of what an employee's objection ended."""


@dataclass(frozen=True, slots=True)
class Release:
    """A person's decision to refer."""

    released_by: str
    employee_informed_on: date | None = None
    provider_id: str | None = None


def release(conn: Connection, tenant_id: str, flag_id: str, by: Release, now: datetime) -> None:
    """Refer on a flag, or attach it to the employee's open referral."""
    case, flag, tenant = _open(conn, tenant_id, flag_id, now)
    if flag.reason == OBJECTION:
        raise EmployeeObjects
    if flag.state in ("released", "inhibited"):
        return
    request = _request(conn, tenant, case, flag, by)
    if _waits_for_another(conn, tenant, case, flag, by):
        return
    outcome = decide.release(case.picture, flag_id, case.rule_of(flag).document.action)
    noted = {
        "decided_by": by.released_by,
        "decided_on": tenant.today,
        "employee_informed_on": by.employee_informed_on,
    }
    _settle(conn, tenant, case, flag, outcome, noted, {flag_id: request})


def _waits_for_another(
    conn: Connection, tenant: Tenant, case: Case, flag: Flag, by: Release
) -> bool:
    """Under four eyes: note who was the first of two to release; whether the second is missing."""
    if not tenant.settings.policy.four_eyes or flag.state != "open":
        return False
    if case.action_of(flag) != "refer":
        return False
    first = flag_row(conn, tenant.tenant_id, flag.id).proposed_by
    if first is None:
        note_decision(conn, tenant.tenant_id, flag.id, {"proposed_by": by.released_by})
    return first is None or same_name(first, by.released_by)


def _request(conn: Connection, tenant: Tenant, case: Case, flag: Flag, by: Release) -> Request:
    """The referral that a person asks for; raises what the policy has against it."""
    check_informed(tenant, by.employee_informed_on)
    raised_at = flag_row(conn, tenant.tenant_id, flag.id).raised_at
    raised_on = local_date(raised_at, tenant.settings.time_zone)
    check_time_to_object(tenant, by.employee_informed_on, raised_on)
    asked = request_for(case, flag, case.owner(flag.id, tenant.today))
    if by.provider_id is not None:
        check_serves(conn, tenant, by.provider_id, unit=asked.unit, service=asked.service)
    return replace(
        asked,
        provider_id=by.provider_id,
        released_by=by.released_by,
        employee_informed_on=by.employee_informed_on,
    )


def dismiss(
    conn: Connection, tenant_id: str, flag_id: str, *, by: str, reason: str, now: datetime
) -> None:
    """Decide that a flag leads to nothing."""
    case, flag, tenant = _open(conn, tenant_id, flag_id, now)
    if flag.state == "dismissed":
        return
    outcome = decide.dismiss(case.picture, flag_id, reason)
    _settle(conn, tenant, case, flag, outcome, {"decided_by": by, "decided_on": tenant.today})


def handle(
    conn: Connection,
    tenant_id: str,
    flag_id: str,
    *,
    by: str,
    on: date,
    outcome: str,
    now: datetime,
) -> None:
    """Record that a `notify` flag was dealt with."""
    case, flag, tenant = _open(conn, tenant_id, flag_id, now)
    if flag.state == "handled":
        return
    if on > tenant.today:
        detail = "A flag cannot have been dealt with on a day to come."
        raise InvalidInput([FieldError("#/handled_on", "date_in_future", detail)])
    action = case.rule_of(flag).document.action
    made = decide.handle(case.picture, flag_id, action, outcome)
    _settle(conn, tenant, case, flag, made, {"decided_by": by, "decided_on": on})


def object_to(conn: Connection, tenant_id: str, flag_id: str, *, by: str, now: datetime) -> None:
    """The employee objects: an open flag is dismissed, a referral not yet booked withdrawn."""
    case, flag, _ = _open(conn, tenant_id, flag_id, now)
    carried = case.picture.referral(flag.referral) if flag.state == "released" else None
    if case.action_of(flag) != "refer":
        raise InvalidTransition(allowed=allowed_decisions(flag, case.action_of(flag)))
    if carried is not None and carried.state == "withdrawn":
        return
    if carried is None:
        dismiss(conn, tenant_id, flag_id, by=by, reason=OBJECTION, now=now)
    elif carried.state in NOT_YET_BOOKED:
        note_decision(conn, tenant_id, flag_id, {"reason": OBJECTION})
        step = Step("withdraw", "employer", actor=by, reason=OBJECTION)
        move(conn, tenant_id, carried.id, step, now)
    else:
        raise InvalidTransition(allowed=[])


def _open(
    conn: Connection, tenant_id: str, flag_id: str, now: datetime
) -> tuple[Case, Flag, Tenant]:
    """The flag's case, locked; raises NotFound."""
    employee_id = flag_row(conn, tenant_id, flag_id).employee_id
    employees = lock_employees(conn, tenant_id, [employee_id])
    [case] = open_cases(conn, tenant_id, employees)
    return case, case.picture.flag(flag_id), tenant_today(conn, tenant_id, now)


def _settle(
    conn: Connection,
    tenant: Tenant,
    case: Case,
    flag: Flag,
    outcome: Outcome | None,
    noted: Mapping[str, Any],
    released: dict[str, Request] | None = None,
) -> None:
    if outcome is None:
        raise InvalidTransition(allowed=allowed_decisions(flag, case.action_of(flag)))
    carry_out(conn, tenant, case, outcome, released)
    note_decision(conn, tenant.tenant_id, flag.id, noted)
    look(conn, tenant.tenant_id, case.employments, tenant.now)


def allowed_decisions(flag: Flag, action: str) -> list[str]:
    """What a person may decide about a flag now."""
    if flag.state == "open":
        return ["release", "object", "dismiss"] if action == "refer" else ["handle", "dismiss"]
    return ["object"] if flag.state == "released" else []


def flag_standing(
    conn: Connection,
    tenant_id: str,
    employee_ids: Collection[str],
    rule_id: str,
    by: str,
    now: datetime,
) -> list[str]:
    """Flag those of the employees who stand above the rule's limit; answers the flags raised."""
    tenant = tenant_today(conn, tenant_id, now)
    employees = lock_employees(conn, tenant_id, employee_ids)
    automatic = tenant.settings.release == "automatic"
    raised: list[str] = []
    for case, version, trigger in stands(conn, tenant, employees, rule_id):
        history = case.history(tenant.policy, tenant.today.toordinal())
        watched = watch(version, triggers_of(history, version.document), automatic=automatic)
        [present] = open_cases(conn, tenant_id, case.employments[:1])
        outcome = raise_by_hand(present.picture, watched, trigger, present.pauses)
        flags = carry_out(conn, tenant, present, outcome)
        for flag_id in flags:
            noted = {"decided_by": by, "decided_on": tenant.today}
            note_decision(conn, tenant_id, flag_id, noted)
        raised += flags
    look(conn, tenant_id, employees, now)
    return raised
