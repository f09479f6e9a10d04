"""Referrals as each party may see them, and the moves of both."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse

from app.access.guards import Decides, Forbidden, GuardedRoute, MovesReferrals, ReadsReferrals
from app.access.principal import Principal
from app.access.store import tenant_row
from app.casebook import tenant_today
from app.core.context import Context, Ctx
from app.core.errors import FieldError, InvalidInput
from app.core.pages import Cut, cut
from app.core.wire import Page
from app.decisions.referrals import Step, move
from app.decisions.wishes import Wish, wish
from app.referrals import store
from app.referrals.fhir import bundle
from app.referrals.moves import Call
from app.referrals.schemas import (
    AcceptIn,
    BookIn,
    CloseIn,
    CompleteIn,
    DeclineByEmployeeIn,
    DeclineIn,
    NoShowIn,
    ProviderMove,
    ReassignIn,
    ReferralDetailOut,
    ReferralIn,
    ReferralOut,
    SeenState,
    WithdrawIn,
)
from app.referrals.view import states_seen_as
from app.showing import show_referral, show_referrals

router = APIRouter(route_class=GuardedRoute, tags=["referrals"])


@router.post("/v1/referrals", status_code=201)
def create_referral(body: ReferralIn, who: Decides, ctx: Ctx) -> ReferralDetailOut:
    """Refer on the manager's or the employee's own wish, without a flag."""
    with ctx.database.write() as conn:
        referral_id = wish(conn, who.tenant_id, Wish(**body.model_dump()), ctx.now())
    return _referral(who, referral_id, ctx)


@router.get("/v1/referrals")
def list_referrals(
    who: ReadsReferrals,
    ctx: Ctx,
    cut: Annotated[Cut, Depends(cut)],
    state: Annotated[SeenState | None, Query(description="as the caller sees it")] = None,
    overdue: Annotated[bool, Query(description="only those whose deadline has passed")] = False,
) -> Page[ReferralOut]:
    """Referrals; for a provider those addressed to it."""
    seen = (state, states_seen_as(state)) if state is not None else None
    with ctx.database.read() as conn:
        late_on: date | None = None
        if overdue:
            late_on = tenant_today(conn, who.tenant_id, ctx.now()).today
        rows, following = store.referrals_page(
            conn, who.tenant_id, cut, seen=seen, provider_id=who.provider_id, late_on=late_on
        )
        items = show_referrals(conn, who, rows, ctx.now())
    return Page(items=[ReferralOut(**item) for item in items], next_cursor=following)


@router.get("/v1/referrals/{referral_id}")
def get_referral(referral_id: str, who: ReadsReferrals, ctx: Ctx) -> ReferralDetailOut:
    """One referral, as the caller may see it."""
    return _referral(who, referral_id, ctx)


class FhirAnswer(JSONResponse):
    """A FHIR resource as JSON."""

    media_type = "application/fhir+json"


@router.get(
    "/v1/referrals/{referral_id}/fhir",
    response_class=FhirAnswer,
    responses={200: {"content": {"application/fhir+json": {"schema": {"type": "object"}}}}},
)
def get_referral_as_fhir(referral_id: str, who: ReadsReferrals, ctx: Ctx) -> FhirAnswer:
    """The same as a FHIR R4 Bundle (ServiceRequest and Task), as the caller may see it."""
    with ctx.database.read() as conn:
        row = store.referral_row(conn, who.tenant_id, referral_id, provider_id=who.provider_id)
        shown = show_referral(conn, ctx.keys, who, row, ctx.now())
        to = row.provider_id and store.provider_row(conn, who.tenant_id, row.provider_id)
        employer = tenant_row(conn, who.tenant_id).name
    return FhirAnswer(bundle(shown, employer=employer, provider=to))


@router.post("/v1/referrals/{referral_id}/accept")
def accept_referral(
    referral_id: str, who: MovesReferrals, ctx: Ctx, body: AcceptIn | None = None
) -> ReferralDetailOut:
    """The provider takes the referral on. A body is not needed."""
    return _provider_moves(who, referral_id, "accept", body or AcceptIn(), ctx)


@router.post("/v1/referrals/{referral_id}/decline")
def decline_referral(
    referral_id: str, body: DeclineIn, who: MovesReferrals, ctx: Ctx
) -> ReferralDetailOut:
    """The provider does not take it on."""
    return _provider_moves(who, referral_id, "decline", body, ctx, reason=body.reason)


@router.post("/v1/referrals/{referral_id}/book")
def book_referral(
    referral_id: str, body: BookIn, who: MovesReferrals, ctx: Ctx
) -> ReferralDetailOut:
    """The talk is booked; again: for another time."""
    talk = {"talk_starts_at": body.starts_at, "talk_mode": body.mode}
    return _provider_moves(who, referral_id, "book", body, ctx, says=talk)


@router.post("/v1/referrals/{referral_id}/no-show")
def note_no_show(
    referral_id: str, who: MovesReferrals, ctx: Ctx, body: NoShowIn | None = None
) -> ReferralDetailOut:
    """Nobody came; the referral is accepted still, and to be booked anew. No body needed."""
    return _provider_moves(who, referral_id, "no-show", body or NoShowIn(), ctx)


@router.post("/v1/referrals/{referral_id}/complete")
def complete_referral(
    referral_id: str, body: CompleteIn, who: MovesReferrals, ctx: Ctx
) -> ReferralDetailOut:
    """The talk was held. Sent again later it may bring the employee's consent to feedback."""
    says = {"recommend_three_party": body.recommend_three_party}
    return _provider_moves(who, referral_id, "complete", body, ctx, says=says)


@router.post("/v1/referrals/{referral_id}/decline-by-employee")
def decline_by_employee(
    referral_id: str, who: MovesReferrals, ctx: Ctx, body: DeclineByEmployeeIn | None = None
) -> ReferralDetailOut:
    """The employee says no, to either party. A body is not needed."""
    return _move(who, referral_id, "decline-by-employee", ctx, by=body.decided_by if body else None)


@router.post("/v1/referrals/{referral_id}/withdraw")
def withdraw_referral(
    referral_id: str, body: WithdrawIn, who: Decides, ctx: Ctx
) -> ReferralDetailOut:
    """The employer takes it back."""
    return _move(who, referral_id, "withdraw", ctx, by=body.decided_by, reason=body.reason)


@router.post("/v1/referrals/{referral_id}/close")
def close_referral(
    referral_id: str, body: CloseIn, who: MovesReferrals, ctx: Ctx
) -> ReferralDetailOut:
    """It is finished, with the outcome in words of work."""
    return _move(who, referral_id, "close", ctx, by=body.decided_by, reason=body.outcome)


@router.post("/v1/referrals/{referral_id}/reassign")
def reassign_referral(
    referral_id: str, body: ReassignIn, who: Decides, ctx: Ctx
) -> ReferralDetailOut:
    """Another provider takes over; consent to feedback ends with the provider it was about."""
    says = {"provider_id": body.provider_id}
    return _move(who, referral_id, "reassign", ctx, by=body.decided_by, says=says)


def _provider_moves(
    who: Principal,
    referral_id: str,
    call: Call,
    body: ProviderMove,
    ctx: Ctx,
    *,
    reason: str | None = None,
    says: dict[str, Any] | None = None,
) -> ReferralDetailOut:
    """A provider's move, by itself or recorded by the employer in its place."""
    stands_in = who.provider_id is None
    _check_standing_in(who, referral_id, body, ctx)
    step = Step(
        call,
        "provider",
        actor=body.decided_by or who.key_id,
        reason=reason,
        provider_id=who.provider_id,
        recorded_by="employer" if stands_in else None,
        says={**(says or {}), "feedback_consent_on": body.feedback_consent_on},
    )
    return _made(who, referral_id, step, ctx)


class NotYours(Forbidden):
    """An employer makes a provider's move without saying that it records it."""

    detail = "This move is the provider's; to record it in its place, say on_behalf_of: provider."


def _check_standing_in(who: Principal, referral_id: str, body: ProviderMove, ctx: Context) -> None:
    """An employer says on whose behalf, and cannot say that the employee has consented."""
    stands_in = who.provider_id is None
    if not stands_in and body.on_behalf_of:
        detail = "A provider moves for itself."
        raise InvalidInput([FieldError("#/on_behalf_of", "not_yours", detail)])
    if stands_in and not body.on_behalf_of:
        with ctx.database.read() as conn:
            store.referral_row(conn, who.tenant_id, referral_id)
        raise NotYours
    if stands_in and body.feedback_consent_on:
        detail = "Consent to feedback is the provider's to report."
        raise InvalidInput([FieldError("#/feedback_consent_on", "not_yours", detail)])


def _move(
    who: Principal,
    referral_id: str,
    call: Call,
    ctx: Ctx,
    *,
    by: str | None,
    reason: str | None = None,
    says: dict[str, Any] | None = None,
) -> ReferralDetailOut:
    """A move of the caller's own."""
    step = Step(
        call,
        "provider" if who.provider_id else "employer",
        actor=by or who.key_id,
        reason=reason,
        provider_id=who.provider_id,
        says=says or {},
    )
    return _made(who, referral_id, step, ctx)


def _made(who: Principal, referral_id: str, step: Step, ctx: Ctx) -> ReferralDetailOut:
    with ctx.database.write() as conn:
        move(conn, who.tenant_id, referral_id, step, ctx.now())
    return _referral(who, referral_id, ctx)


def _referral(who: Principal, referral_id: str, ctx: Ctx) -> ReferralDetailOut:
    with ctx.database.read() as conn:
        row = store.referral_row(conn, who.tenant_id, referral_id, provider_id=who.provider_id)
        return ReferralDetailOut(**show_referral(conn, ctx.keys, who, row, ctx.now()))
