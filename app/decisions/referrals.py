"""Decisions about a referral: its moves, and the wish for one."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.policy import employed_on
from app.absences.store import lock_employees
from app.casebook import Tenant, open_cases, tenant_today, within_reach
from app.core.clock import local_date
from app.core.errors import FieldError, InvalidInput, NotFound
from app.core.ids import new_id
from app.decisions.refusals import (
    EmployeeNotInformed,
    InvalidTransition,
    NoProvider,
    NotEmployed,
    ProviderMovesItself,
    ReferralOpen,
)
from app.delivery.notices import meeting_notice, referral_notice
from app.delivery.outbox import tell
from app.delivery.payloads import Notice, referral_data
from app.flags.picture import Referral
from app.follow_through import moved, set_deadlines
from app.meetings.talks import follow_talk
from app.pipeline import look_again
from app.referrals.moves import Call, Party, made_already, next_state
from app.referrals.request import Request, request_referral
from app.referrals.store import (
    change_referral,
    moves_of,
    note_move,
    providers_on,
    referral_row,
    serves,
)
from app.referrals.view import View


@dataclass(frozen=True, slots=True)
class Step:
    """A move by a person or a provider, with what it says.

    `recorded_by`: the employer, where it records a provider's move in its place.
    `provider_id`: the provider that calls; it finds only what is addressed to it.
    """

    call: Call
    party: Party
    actor: str | None = None
    reason: str | None = None
    provider_id: str | None = None
    recorded_by: Party | None = None
    says: Mapping[str, Any] = field(default_factory=dict)


def move(conn: Connection, tenant_id: str, referral_id: str, step: Step, now: datetime) -> None:
    """Move a referral and tell it; raises NotFound, or InvalidTransition naming what is allowed."""
    employee_id = referral_row(
        conn, tenant_id, referral_id, provider_id=step.provider_id
    ).employee_id
    lock_employees(conn, tenant_id, [employee_id])
    tenant = tenant_today(conn, tenant_id, now)
    make_move(conn, tenant, referral_id, step)
    look_again(conn, tenant_id, [employee_id], now)


def make_move(conn: Connection, tenant: Tenant, referral_id: str, step: Step) -> None:
    """The same for an employee whose row is locked; the rules are not asked again."""
    before = referral_row(conn, tenant.tenant_id, referral_id, provider_id=step.provider_id)
    moves = moves_of(conn, tenant.tenant_id, [referral_id])[referral_id]
    if step.recorded_by:
        _check_recording(before, moves)
    _check_days(step, before, tenant)
    came_from = next((made.source for made in reversed(moves) if made.source != made.target), None)
    target: str | None = next_state(step.call, before.state)
    if made_already(step.call, before.state, came_from):
        if _says_nothing_new(step, before):
            return
        # The same move again may bring the employee's consent, given later, or another time.
        target = before.state
    if target is None:
        raise InvalidTransition(allowed=_allowed(before, step))
    if step.call == "reassign":
        _check_provider(conn, tenant, before, step.says["provider_id"])
        if (before.state, before.provider_id) == ("requested", step.says["provider_id"]):
            return
    _store(conn, tenant, before, target, step)
    after = referral_row(conn, tenant.tenant_id, referral_id)
    notices = [referral_notice("referral.updated", after, before=before)]
    notices += _to_the_provider_left(before, after)
    talks = follow_talk(conn, before, after, step.party, tenant.now)
    notices += [meeting_notice(kind, row, after) for kind, row in talks]
    notices += moved(conn, tenant, before, after)
    tell(conn, tenant.tenant_id, notices, tenant.now)


def _check_recording(row: Any, moves: list[Any]) -> None:
    """The employer stands in only where the provider has not begun to move by itself.

    Else the answer to a move out of turn would tell how far the two have come.
    """
    since = max(i for i, made in enumerate(moves) if made.target == "requested")
    own = [made for made in moves[since:] if made.party == "provider" and not made.recorded_by]
    if own and row.feedback_consent_on is None:
        raise ProviderMovesItself


def _check_days(step: Step, row: Any, tenant: Tenant) -> None:
    """No consent on a day to come, and no talk before it was asked for."""
    consent: date | None = step.says.get("feedback_consent_on")
    if consent is not None and consent > tenant.today:
        detail = "Consent cannot have been given on a day to come."
        raise InvalidInput([FieldError("#/feedback_consent_on", "date_in_future", detail)])
    starts_at: datetime | None = step.says.get("talk_starts_at")
    if starts_at is None:
        return
    requested_on = local_date(row.requested_at, tenant.settings.time_zone)
    if within_reach(tenant, starts_at, "#/starts_at") < requested_on:
        detail = "The talk cannot be before the referral."
        raise InvalidInput([FieldError("#/starts_at", "before_request", detail)])


def _says_nothing_new(step: Step, row: Any) -> bool:
    new = {n for n, v in step.says.items() if v is not None and getattr(row, n) != v}
    return not new & ({"feedback_consent_on"} | ({*step.says} if step.call == "book" else set()))


def _allowed(row: Any, step: Step) -> list[Call]:
    view = View(step.party, consented=True) if step.recorded_by else View.of(step.party, row)
    return view.calls(row.state)


def _store(conn: Connection, tenant: Tenant, before: Any, target: str, step: Step) -> None:
    said = {name: value for name, value in step.says.items() if value is not None}
    if step.call == "reassign":
        # Consent was to feedback from the provider that is left.
        said |= {"feedback_consent_on": None, "recommend_three_party": None}
    if step.call in ("reassign", "no-show"):
        said |= {"talk_starts_at": None, "talk_mode": None}
    if target == "closed":
        said = {"outcome": step.reason, **said}
    values = {"state": target, "changed_at": tenant.now, **said}
    change_referral(conn, tenant.tenant_id, before.referral_id, values)
    note_move(
        conn,
        tenant.tenant_id,
        before.referral_id,
        party=step.party,
        actor=step.actor,
        source=before.state,
        target=target,
        reason=step.reason,
        recorded_by=step.recorded_by,
        now=tenant.now,
    )


def _to_the_provider_left(before: Any, after: Any) -> list[Notice]:
    """To the provider that a referral was taken from it is withdrawn, and nothing more is told."""
    if before.provider_id in (None, after.provider_id):
        return []
    data = {**referral_data(before), "state": "withdrawn"}
    return [Notice("referral.withdrawn", data, None, before.provider_id)]


def _check_provider(conn: Connection, tenant: Tenant, row: Any, provider_id: str) -> None:
    [employee] = lock_employees(conn, tenant.tenant_id, [row.employee_id])
    check_serves(conn, tenant, provider_id, unit=employee.unit, service=row.service)


def check_serves(
    conn: Connection, tenant: Tenant, provider_id: str, *, unit: str | None, service: str
) -> None:
    """Raise NoProvider unless that provider may take such a referral today."""
    fitting = [
        provider.provider_id
        for provider in providers_on(conn, tenant.tenant_id, tenant.today)
        if serves(provider, unit=unit, service=service)
    ]
    if provider_id not in fitting:
        raise NoProvider


def check_informed(tenant: Tenant, informed_on: date | None) -> None:
    """Raise what the policy has against a release without the employee's knowledge."""
    if informed_on is None and tenant.settings.policy.require_informed:
        raise EmployeeNotInformed
    if informed_on is not None and informed_on > tenant.today:
        detail = "The employee cannot have been informed on a day to come."
        raise InvalidInput([FieldError("#/employee_informed_on", "date_in_future", detail)])


@dataclass(frozen=True, slots=True)
class Wish:
    """The manager's or the employee's own wish for a referral; a person decides it."""

    employee_id: str
    wish_of: str
    service: str
    decided_by: str
    employee_informed_on: date | None = None
    provider_id: str | None = None


def wish(conn: Connection, tenant_id: str, by: Wish, now: datetime) -> str:
    """Refer without a flag; answers the referral's id."""
    employees = lock_employees(conn, tenant_id, [by.employee_id])
    if not employees:
        raise NotFound
    tenant = tenant_today(conn, tenant_id, now)
    [case] = open_cases(conn, tenant_id, employees)
    _check_wish(conn, tenant, case, by)
    made = Referral(new_id("ref"), "requested")
    request = Request(
        by.employee_id,
        case.employee.unit,
        by.service,
        provider_id=by.provider_id,
        released_by=by.decided_by,
        employee_informed_on=by.employee_informed_on,
        wish_of=by.wish_of,
    )
    request_referral(
        conn, tenant_id, made, request, settings=tenant.settings, today=tenant.today, now=now
    )
    set_deadlines(conn, tenant, [made.id])
    row = referral_row(conn, tenant_id, made.id)
    tell(conn, tenant_id, [referral_notice("referral.requested", row)], now)
    look_again(conn, tenant_id, [by.employee_id], now)
    return made.id


def _check_wish(conn: Connection, tenant: Tenant, case: Any, by: Wish) -> None:
    if case.picture.open_referral:
        raise ReferralOpen
    if not employed_on(case.employee.employment, tenant.today.toordinal()):
        raise NotEmployed
    # Who wishes it for themselves knows of it.
    if by.wish_of == "manager" or by.employee_informed_on is not None:
        check_informed(tenant, by.employee_informed_on)
    if by.provider_id is not None:
        unit = case.employee.unit
        check_serves(conn, tenant, by.provider_id, unit=unit, service=by.service)
