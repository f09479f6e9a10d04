"""Carrying out: an outcome is stored and what must be told is written, in one transaction."""

from collections.abc import Callable, Mapping

from sqlalchemy.engine import Connection

from app.absences.store import Employee
from app.casebook import Case, Tenant
from app.delivery.notices import notices_of
from app.delivery.outbox import tell
from app.delivery.payloads import Notice
from app.flags.naming import named
from app.flags.picture import Flag, Outcome
from app.flags.propose import proposal
from app.flags.store import save_flags
from app.follow_through import first_deadline, moved
from app.mail.tell import something_waits
from app.mail.waiting import flags_wait
from app.proposals import alignment_from_day
from app.referrals.request import Request, follow, request_referral
from app.referrals.store import referral_row


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
    lead = case.leading(tenant.today)
    brought = _store_referrals(conn, tenant, case, outcome, released or {})
    save_flags(
        conn,
        tenant.tenant_id,
        lead.employee_id,
        changed,
        known=before.keys(),
        rules={v.document.id: (v.rule_id, v.rung) for v in case.versions},
        now=tenant.now,
    )
    notices = notices_of(
        conn,
        tenant.tenant_id,
        lambda flag: case.owner(flag.id, tenant.today).employee_id,
        outcome,
        case.action_of,
        _proposals(tenant, case),
    )
    tell(conn, tenant.tenant_id, [*notices, *brought], tenant.now)
    waiting = [flag.id for flag in changed if flag.id not in before and flag.state == "open"]
    flags_wait(conn, tenant, lead, waiting)
    return [flag.id for flag in changed]


def _store_referrals(
    conn: Connection,
    tenant: Tenant,
    case: Case,
    outcome: Outcome,
    released: Mapping[str, Request],
) -> list[Notice]:
    """Ended ones first: a person has one open referral at a time.

    Answers what must be told besides: the meetings that ended with them.
    """
    stored = {referral.id: referral for referral in case.picture.referrals}
    notices = []
    for referral in outcome.picture.referrals:
        before = stored.get(referral.id)
        if before and before != referral:
            row = referral_row(conn, tenant.tenant_id, referral.id)
            follow(conn, tenant.tenant_id, before, referral, tenant.now)
            notices += moved(conn, tenant, row, referral_row(conn, tenant.tenant_id, referral.id))
    for referral in outcome.picture.referrals:
        if referral.id not in stored:
            carrier = next(f for f in outcome.picture.flags if f.referral == referral.id)
            owner = case.owner(carrier.id, tenant.today)
            request_referral(
                conn,
                tenant.tenant_id,
                referral,
                released.get(carrier.id) or request_for(case, carrier, owner),
                settings=tenant.settings,
                today=tenant.today,
                due_on=first_deadline(tenant, owner.unit),
                now=tenant.now,
            )
            if referral_row(conn, tenant.tenant_id, referral.id).provider_id is None:
                something_waits(conn, tenant, [owner])
    return notices


def _proposals(tenant: Tenant, case: Case) -> Callable[[Flag], str | None]:
    """What the flags of this case propose while they are open."""

    def proposal_of(flag: Flag) -> str | None:
        if flag.state != "open":
            return None
        day = alignment_from_day(tenant, case.owner(flag.id, tenant.today).unit)
        return proposal(case.rule_of(flag).document, day)

    return proposal_of


def request_for(case: Case, flag: Flag, owner: Employee) -> Request:
    """The referral a flag asks for, for the employment it is on, without a person's part in it."""
    service = case.rule_of(flag).document.referral_service
    return Request(owner.employee_id, owner.unit, service)
