"""Carrying out: an outcome is stored and what must be told is written, in one transaction."""

from collections.abc import Mapping

from sqlalchemy.engine import Connection

from app.casebook import Case, Tenant
from app.delivery.notices import notices_of
from app.delivery.outbox import tell
from app.flags.naming import named
from app.flags.picture import Flag, Outcome
from app.flags.store import save_flags
from app.referrals.request import Request, follow, request_referral


def carry_out(
    conn: Connection,
    tenant: Tenant,
    case: Case,
    decided: Outcome,
    released: Mapping[str, Request] | None = None,
) -> list[str]:
    """Store what changed and tell it; answers the ids of the flags raised or changed.

    `released` says on whose decision a new referral is made, by the id of its flag.
    """
    outcome = named(decided)
    before = {flag.id: flag for flag in case.picture.flags}
    changed = [flag for flag in outcome.picture.flags if before.get(flag.id) != flag]
    if not changed and not outcome.messages:
        return []
    employee_id = case.employee.employee_id
    _store_referrals(conn, tenant, case, outcome, released or {})
    save_flags(
        conn,
        tenant.tenant_id,
        employee_id,
        changed,
        known=before.keys(),
        rule_ids={version.document.id: version.rule_id for version in case.versions},
        now=tenant.now,
    )
    notices = notices_of(conn, tenant.tenant_id, employee_id, outcome, case.action_of)
    tell(conn, tenant.tenant_id, notices, tenant.now)
    return [flag.id for flag in changed]


def _store_referrals(
    conn: Connection,
    tenant: Tenant,
    case: Case,
    outcome: Outcome,
    released: Mapping[str, Request],
) -> None:
    """Ended ones first: an employee has one open referral at a time."""
    stored = {referral.id: referral for referral in case.picture.referrals}
    for referral in outcome.picture.referrals:
        before = stored.get(referral.id)
        if before and before != referral:
            follow(conn, tenant.tenant_id, before, referral, tenant.now)
    for referral in outcome.picture.referrals:
        if referral.id not in stored:
            carrier = next(f for f in outcome.picture.flags if f.referral == referral.id)
            request_referral(
                conn,
                tenant.tenant_id,
                referral,
                released.get(carrier.id) or request_for(case, carrier),
                settings=tenant.settings,
                today=tenant.today,
                now=tenant.now,
            )


def request_for(case: Case, flag: Flag) -> Request:
    """The referral a flag asks for, without a person's part in it."""
    service = case.rule_of(flag).document.referral_service
    return Request(case.employee.employee_id, case.employee.unit, service)
