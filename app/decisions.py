"""What people decide, carried out the way events are: judged, stored and told in one transaction.

Each call locks the employee first and has the rules look once more at the end. A decision made
already is no error: nothing changes.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.store import all_due, describe_employee, lock_employees, take_employees
from app.access.settings import TenantSettings
from app.carry_out import carry_out, request_for
from app.casebook import Case, Tenant, open_cases, stands, tenant_today
from app.core.errors import Conflict, FieldError, InvalidInput, NotFound
from app.delivery.notices import referral_notice
from app.delivery.outbox import tell
from app.flags import decide
from app.flags.picture import NOT_YET_BOOKED, Flag, Outcome
from app.flags.reconcile import raise_by_hand
from app.flags.store import flag_row, note_decision, replace_exemptions
from app.flags.watch import watch
from app.pipeline import look, look_again
from app.referrals.moves import Call, Party, allowed_calls, next_state
from app.referrals.request import Request
from app.referrals.store import note_move, providers_on, referral_row, serves, set_state
from app.rules.store import activate, restart_rules
from app.rules.versions import StoredVersion


class InvalidTransition(Conflict):
    """The object's state does not allow the move; `allowed` names those it does."""

    code = "invalid_transition"
    detail = "The state of the object does not allow this; see allowed."


class EmployeeNotInformed(Conflict):
    """The policy wants to know when the employee was informed."""

    code = "employee_not_informed"
    detail = "The employer's policy asks for employee_informed_on before a release."


class EmployeeObjects(Conflict):
    """The employee has objected."""

    code = "employee_objects"
    detail = "The employee has objected; nothing is sent."


class NoProvider(Conflict):
    """The provider named is not one that can take this referral."""

    code = "no_provider"
    detail = "The provider named does not serve this unit and service now."


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
    outcome = decide.release(case.picture, flag_id, case.rule_of(flag).document.action)
    noted = {
        "decided_by": by.released_by,
        "decided_on": tenant.today,
        "employee_informed_on": by.employee_informed_on,
    }
    _settle(conn, tenant, case, flag, outcome, noted, {flag_id: request})


def _request(conn: Connection, tenant: Tenant, case: Case, flag: Flag, by: Release) -> Request:
    """The referral that a person asks for; raises what the policy has against it."""
    _check_informed(tenant.settings, by.employee_informed_on, tenant.today)
    asked = request_for(case, flag)
    if by.provider_id is not None:
        fitting = [
            provider.provider_id
            for provider in providers_on(conn, tenant.tenant_id, tenant.today)
            if serves(provider, unit=asked.unit, service=asked.service)
        ]
        if by.provider_id not in fitting:
            raise NoProvider
    return Request(
        asked.employee_id,
        asked.unit,
        asked.service,
        provider_id=by.provider_id,
        released_by=by.released_by,
        employee_informed_on=by.employee_informed_on,
    )


def _check_informed(settings: TenantSettings, informed_on: date | None, today: date) -> None:
    if informed_on is None and settings.policy.require_informed:
        raise EmployeeNotInformed
    if informed_on is not None and informed_on > today:
        detail = "The employee cannot have been informed on a day to come."
        raise InvalidInput([FieldError("#/employee_informed_on", "date_in_future", detail)])


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
    look(conn, tenant.tenant_id, [case.employee], tenant.now)


def allowed_decisions(flag: Flag, action: str) -> list[str]:
    """What a person may decide about a flag now."""
    if flag.state == "open":
        return ["release", "object", "dismiss"] if action == "refer" else ["handle", "dismiss"]
    return ["object"] if flag.state == "released" else []


@dataclass(frozen=True, slots=True)
class Step:
    """A move by a person or a provider, with a reason code where it has one."""

    call: Call
    party: Party
    actor: str | None = None
    reason: str | None = None
    provider_id: str | None = None


def move(conn: Connection, tenant_id: str, referral_id: str, step: Step, now: datetime) -> None:
    """Move a referral and tell it; raises NotFound, or InvalidTransition naming what is allowed."""
    row = referral_row(conn, tenant_id, referral_id, provider_id=step.provider_id)
    lock_employees(conn, tenant_id, [row.employee_id])
    row = referral_row(conn, tenant_id, referral_id, provider_id=step.provider_id)
    target = next_state(step.call, row.state)
    if target is None:
        raise InvalidTransition(allowed=allowed_calls(row.state, step.party))
    if target == row.state:
        return
    set_state(conn, tenant_id, referral_id, target, now)
    note_move(
        conn,
        tenant_id,
        referral_id,
        party=step.party,
        actor=step.actor,
        source=row.state,
        target=target,
        reason=step.reason,
        now=now,
    )
    moved = referral_row(conn, tenant_id, referral_id)
    tell(conn, tenant_id, [referral_notice("referral.updated", moved)], now)
    look_again(conn, tenant_id, [row.employee_id], now)


def flag_standing(
    conn: Connection,
    tenant_id: str,
    employee_ids: Collection[str],
    version: StoredVersion,
    by: str,
    now: datetime,
) -> list[str]:
    """Flag those of the employees who stand above the rule's limit; answers the flags raised."""
    tenant = tenant_today(conn, tenant_id, now)
    employees = lock_employees(conn, tenant_id, employee_ids)
    automatic = tenant.settings.release == "automatic"
    raised: list[str] = []
    for case, trigger in stands(conn, tenant, employees, version):
        history = case.history(tenant.policy, tenant.today.toordinal())
        watched = watch(version, history, automatic=automatic)
        outcome = raise_by_hand(case.picture, watched, trigger, case.pauses)
        flags = carry_out(conn, tenant, case, outcome)
        for flag_id in flags:
            noted = {"decided_by": by, "decided_on": tenant.today}
            note_decision(conn, tenant_id, flag_id, noted)
        raised += flags
    look(conn, tenant_id, employees, now)
    return raised


def describe(
    conn: Connection, tenant_id: str, described: Mapping[str, Mapping[str, Any]], now: datetime
) -> dict[str, str]:
    """Keep what is now known of employees and judge them; answers the id of each number."""
    ids = {n: e.employee_id for n, e in take_employees(conn, tenant_id, described, now).items()}
    for number, values in described.items():
        describe_employee(conn, tenant_id, ids[number], values)
    look_again(conn, tenant_id, set(ids.values()), now)
    return ids


def exempt(
    conn: Connection,
    tenant_id: str,
    employee_id: str,
    exemptions: list[dict[str, Any]],
    now: datetime,
) -> None:
    """The whole list of an employee's exemptions as it now is, judged at once."""
    if not lock_employees(conn, tenant_id, [employee_id]):
        raise NotFound
    replace_exemptions(conn, tenant_id, employee_id, exemptions)
    look_again(conn, tenant_id, [employee_id], now)


def put_in_force(
    conn: Connection, tenant_id: str, version: StoredVersion, live_from: date, today: date
) -> None:
    """Activate a version of a rule and have everybody judged by it."""
    activate(conn, tenant_id, version.rule_id, version=version.version, live_from=live_from)
    all_due(conn, tenant_id, today)


def start_anew(conn: Connection, tenant_id: str, now: datetime) -> None:
    """A change of the counting policy: everybody is judged again, and the past does not act."""
    today = tenant_today(conn, tenant_id, now).today
    restart_rules(conn, tenant_id, today)
    all_due(conn, tenant_id, today)
