"""Decisions about a referral: its moves, and the wish for one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.store import employee_of, lock_employees
from app.access.store import provider_has_key
from app.casebook import Tenant, tenant_today, within_reach
from app.core.clock import local_date
from app.decisions.days import check_employed, check_not_before, check_past
from app.decisions.refusals import (
    InvalidTransition,
    NotYet,
    ProviderMovesItself,
)
from app.decisions.release import check_serves
from app.delivery.notices import meeting_notice, referral_notice
from app.delivery.outbox import tell
from app.delivery.payloads import Notice, referral_data
from app.follow_through import asks_employer, moved, waits_for_employer
from app.meetings.talks import follow_talk
from app.pipeline import look_again
from app.referrals.moves import Call, Party, made_already, next_state
from app.referrals.store import (
    change_referral,
    moves_of,
    note_move,
    referral_row,
)
from app.referrals.view import View, since_request


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
        _check_recording(conn, tenant, before, moves)
    _check_days(conn, step, before, tenant)
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
    by_provider = step.party == "provider" and step.recorded_by is None
    if asks_employer(before, after, by_provider=by_provider):
        waits_for_employer(conn, tenant, after)


def _check_recording(conn: Connection, tenant: Tenant, row: Any, moves: Sequence[Any]) -> None:
    """The employer stands in for a provider without integration, or with consent.

    Else the answer to a move out of turn would tell how far employee and provider have come.
    """
    if row.feedback_consent_on is None and speaks_for_itself(conn, tenant, row, moves):
        raise ProviderMovesItself


def speaks_for_itself(conn: Connection, tenant: Tenant, row: Any, moves: Sequence[Any]) -> bool:
    """Whether the provider that has the referral now moves it by itself, or could.

    What it has done must not be found out by trying: so whether it can is what counts.
    """
    if any(m.party == "provider" and not m.recorded_by for m in since_request(moves)):
        return True
    return provider_has_key(conn, tenant.tenant_id, row.provider_id, tenant.now)


def _check_days(conn: Connection, step: Step, row: Any, tenant: Tenant) -> None:
    """Consent lies between the request and today, a talk in an employment and after the request.

    A talk is over, or missed, on its day at the earliest.
    """
    requested_on = local_date(row.requested_at, tenant.settings.time_zone)
    consent: date | None = step.says.get("feedback_consent_on")
    if consent is not None:
        check_past("#/feedback_consent_on", consent, tenant.today)
        check_not_before("#/feedback_consent_on", consent, requested_on, "before_request")
    starts_at: datetime | None = step.says.get("talk_starts_at")
    if starts_at is not None:
        day = within_reach(tenant, starts_at, "#/starts_at")
        check_not_before("#/starts_at", day, requested_on, "before_request")
        employee = employee_of(conn, tenant.tenant_id, row.employee_id)
        check_employed(employee.employment, day, "#/starts_at")
    if step.call in ("complete", "no-show") and row.state == "booked":
        check_begun(row.talk_starts_at, tenant)


def check_begun(at: datetime, tenant: Tenant) -> None:
    """Raise NotYet while the day of a talk is to come."""
    if local_date(at, tenant.settings.time_zone) > tenant.today:
        raise NotYet


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
        said["assignment"] = (before.assignment or 1) + 1
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
