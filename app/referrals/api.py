"""Providers, referrals as each party may see them, and the moves of both."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from app.access.guards import Administers, Decides, GuardedRoute, Provides, Reads, ReadsReferrals
from app.access.principal import Principal
from app.core.context import Ctx
from app.core.ids import new_id
from app.core.pages import Cut, cut
from app.core.wire import Page
from app.decisions.referrals import Step, move
from app.flags.store import flags_of_referrals
from app.referrals import store
from app.referrals.moves import Party, allowed_calls, employer_view, states_seen_as
from app.referrals.schemas import (
    AcceptIn,
    DeclineIn,
    MoveOut,
    ProviderIn,
    ProviderOut,
    ReferralOut,
    WithdrawIn,
)

router = APIRouter(route_class=GuardedRoute)


@router.post("/v1/providers", status_code=201, tags=["providers"])
def create_provider(body: ProviderIn, who: Administers, ctx: Ctx) -> ProviderOut:
    """Add an occupational-health company to refer to."""
    provider_id = new_id("prv")
    values = {"provider_id": provider_id, "created_at": ctx.now(), **body.model_dump()}
    with ctx.database.write() as conn:
        store.add_provider(conn, who.tenant_id, values)
        return _provider(store.provider_row(conn, who.tenant_id, provider_id))


@router.get("/v1/providers", tags=["providers"])
def list_providers(who: Reads, ctx: Ctx, cut: Annotated[Cut, Depends(cut)]) -> Page[ProviderOut]:
    """The companies the employer refers to."""
    with ctx.database.read() as conn:
        rows, following = store.providers_page(conn, who.tenant_id, cut)
    return Page(items=[_provider(row) for row in rows], next_cursor=following)


@router.get("/v1/providers/{provider_id}", tags=["providers"])
def get_provider(provider_id: str, who: Reads, ctx: Ctx) -> ProviderOut:
    """One of them."""
    with ctx.database.read() as conn:
        return _provider(store.provider_row(conn, who.tenant_id, provider_id))


@router.put("/v1/providers/{provider_id}", tags=["providers"])
def replace_provider(provider_id: str, body: ProviderIn, who: Administers, ctx: Ctx) -> ProviderOut:
    """Replace what is known of a provider. Referrals made already stay with it."""
    with ctx.database.write() as conn:
        store.provider_row(conn, who.tenant_id, provider_id)
        store.change_provider(conn, who.tenant_id, provider_id, body.model_dump())
        return _provider(store.provider_row(conn, who.tenant_id, provider_id))


def _provider(row: Any) -> ProviderOut:
    names = ("name", "org_number", "units", "services", "valid_from", "valid_to", "priority")
    return ProviderOut(id=row.provider_id, **{name: getattr(row, name) for name in names})


@router.get("/v1/referrals", tags=["referrals"])
def list_referrals(
    who: ReadsReferrals,
    ctx: Ctx,
    cut: Annotated[Cut, Depends(cut)],
    state: Annotated[str | None, Query(max_length=40, description="as the caller sees it")] = None,
) -> Page[ReferralOut]:
    """Referrals; for a provider those addressed to it."""
    seen = (state, states_seen_as(state)) if state is not None else None
    with ctx.database.read() as conn:
        rows, following = store.referrals_page(
            conn, who.tenant_id, cut, seen=seen, provider_id=who.provider_id
        )
        items = _referrals(conn, who, rows)
    return Page(items=items, next_cursor=following)


@router.get("/v1/referrals/{referral_id}", tags=["referrals"])
def get_referral(referral_id: str, who: ReadsReferrals, ctx: Ctx) -> ReferralOut:
    """One referral, as the caller may see it."""
    return _referral(who, referral_id, ctx)


@router.post("/v1/referrals/{referral_id}/accept", tags=["referrals"])
def accept_referral(
    referral_id: str, who: Provides, ctx: Ctx, body: AcceptIn | None = None
) -> ReferralOut:
    """The provider takes the referral on. A body is not needed."""
    del body
    return _move(who, referral_id, Step("accept", "provider"), ctx)


@router.post("/v1/referrals/{referral_id}/decline", tags=["referrals"])
def decline_referral(referral_id: str, body: DeclineIn, who: Provides, ctx: Ctx) -> ReferralOut:
    """The provider does not take it on."""
    return _move(who, referral_id, Step("decline", "provider", reason=body.reason), ctx)


@router.post("/v1/referrals/{referral_id}/withdraw", tags=["referrals"])
def withdraw_referral(referral_id: str, body: WithdrawIn, who: Decides, ctx: Ctx) -> ReferralOut:
    """The employer takes it back."""
    step = Step("withdraw", "employer", actor=body.decided_by, reason=body.reason)
    return _move(who, referral_id, step, ctx)


def _move(who: Principal, referral_id: str, step: Step, ctx: Ctx) -> ReferralOut:
    mine = Step(step.call, step.party, step.actor or who.key_id, step.reason, who.provider_id)
    with ctx.database.write() as conn:
        move(conn, who.tenant_id, referral_id, mine, ctx.now())
    return _referral(who, referral_id, ctx)


def _referral(who: Principal, referral_id: str, ctx: Ctx) -> ReferralOut:
    with ctx.database.read() as conn:
        row = store.referral_row(conn, who.tenant_id, referral_id, provider_id=who.provider_id)
        return _referrals(conn, who, [row])[0]


def _referrals(conn: Any, who: Principal, rows: Sequence[Any]) -> list[ReferralOut]:
    party = _party(who)
    ids = [row.referral_id for row in rows]
    flags = flags_of_referrals(conn, who.tenant_id, ids)
    moves = store.moves_of(conn, who.tenant_id, ids)
    return [_shown(row, party, flags[row.referral_id], moves[row.referral_id]) for row in rows]


def _shown(row: Any, party: Party, flags: list[str], moves: Sequence[Any]) -> ReferralOut:
    consented = party == "provider" or row.feedback_consent_on is not None
    return ReferralOut(
        id=row.referral_id,
        employee_id=row.employee_id,
        provider_id=row.provider_id,
        service=row.service,
        state=employer_view(row.state, consented=consented),
        decision_reference=row.decision_reference,
        employee_informed_on=row.employee_informed_on,
        requested_at=row.requested_at,
        flags=flags,
        allowed=[*allowed_calls(row.state, party)],
        history=[_step(made, consented) for made in moves if consented or made.party != "provider"],
    )


def _step(made: Any, consented: bool) -> MoveOut:
    return MoveOut(
        at=made.at,
        party=made.party,
        source=made.source and employer_view(made.source, consented=consented),
        target=employer_view(made.target, consented=consented),
        reason=made.reason,
    )


def _party(who: Principal) -> Party:
    return "provider" if who.provider_id else "employer"
