"""Meetings about one employee, as each party may see them."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from app.access.guards import GuardedRoute, MovesReferrals, ReadsReferrals
from app.access.principal import Principal
from app.core.context import Ctx
from app.core.pages import Cut, cut
from app.core.wire import Page
from app.decisions import meetings as decisions
from app.decisions.meetings import By
from app.meetings import store
from app.meetings.kinds import MeetingKind
from app.meetings.schemas import (
    USUAL,
    MeetingIn,
    MeetingMove,
    MeetingOut,
    MeetingRecord,
    MeetingState,
    meeting_out,
)

router = APIRouter(route_class=GuardedRoute, tags=["meetings"])


@router.post("/v1/meetings", status_code=201)
def create_meeting(body: MeetingIn, who: MovesReferrals, ctx: Ctx) -> MeetingOut:
    """Plan a meeting. A provider plans for referrals addressed to it."""
    values = body.model_dump(exclude={"consent", "participants"})
    values["participants"] = list(body.participants or USUAL[body.kind])
    values["consent_on"] = body.consent.given_on if body.consent else None
    with ctx.database.write() as conn:
        meeting_id = decisions.plan_meeting(conn, who.tenant_id, values, _by(who), ctx.now())
    return _meeting(who, meeting_id, ctx)


@router.get("/v1/meetings")
def list_meetings(
    who: ReadsReferrals,
    ctx: Ctx,
    cut: Annotated[Cut, Depends(cut)],
    kind: MeetingKind | None = None,
    state: MeetingState | None = None,
    employee_id: Annotated[str | None, Query(max_length=40)] = None,
    referral_id: Annotated[str | None, Query(max_length=40)] = None,
    series_id: Annotated[str | None, Query(max_length=40)] = None,
) -> Page[MeetingOut]:
    """The meetings that the caller may see, in the order planned."""
    filters = {
        "kind": kind,
        "state": state,
        "employee_id": employee_id,
        "referral_id": referral_id,
        "series_id": series_id,
    }
    with ctx.database.read() as conn:
        rows, following = store.meetings_page(
            conn, who.tenant_id, cut, provider_id=who.provider_id, filters=filters
        )
    items = [meeting_out(row, by_provider=who.provider_id is not None) for row in rows]
    return Page(items=items, next_cursor=following)


@router.get("/v1/meetings/{meeting_id}")
def get_meeting(meeting_id: str, who: ReadsReferrals, ctx: Ctx) -> MeetingOut:
    """One meeting."""
    return _meeting(who, meeting_id, ctx)


@router.post("/v1/meetings/{meeting_id}/hold")
def hold_meeting(
    meeting_id: str, who: MovesReferrals, ctx: Ctx, body: MeetingRecord | None = None
) -> MeetingOut:
    """It took place. A held three-party talk moves its referral, a held follow-up its plan."""
    record = _record(body)
    with ctx.database.write() as conn:
        decisions.hold(conn, who.tenant_id, meeting_id, record, _by(who), ctx.now())
    return _meeting(who, meeting_id, ctx)


@router.patch("/v1/meetings/{meeting_id}")
def record_meeting(
    meeting_id: str, body: MeetingRecord, who: MovesReferrals, ctx: Ctx
) -> MeetingOut:
    """Record what was taken up; what is not named stays."""
    with ctx.database.write() as conn:
        decisions.note(conn, who.tenant_id, meeting_id, _record(body), _by(who), ctx.now())
    return _meeting(who, meeting_id, ctx)


@router.post("/v1/meetings/{meeting_id}/move")
def move_meeting(meeting_id: str, body: MeetingMove, who: MovesReferrals, ctx: Ctx) -> MeetingOut:
    """Another time."""
    when = body.model_dump(exclude_none=True)
    with ctx.database.write() as conn:
        decisions.reschedule(conn, who.tenant_id, meeting_id, when, _by(who), ctx.now())
    return _meeting(who, meeting_id, ctx)


@router.post("/v1/meetings/{meeting_id}/cancel")
def cancel_meeting(meeting_id: str, who: MovesReferrals, ctx: Ctx) -> MeetingOut:
    """Call it off."""
    with ctx.database.write() as conn:
        decisions.cancel(conn, who.tenant_id, meeting_id, _by(who), ctx.now())
    return _meeting(who, meeting_id, ctx)


def _by(who: Principal) -> By:
    return By(who.key_id, who.provider_id)


def _record(body: MeetingRecord | None) -> dict[str, Any]:
    """What the caller named, as columns."""
    named: dict[str, Any] = body.model_dump(exclude_none=True) if body else {}
    consent = named.pop("consent", None)
    return {**named, **({"consent_on": consent["given_on"]} if consent else {})}


def _meeting(who: Principal, meeting_id: str, ctx: Ctx) -> MeetingOut:
    with ctx.database.read() as conn:
        row = store.seen_meeting_row(conn, who.tenant_id, meeting_id, provider_id=who.provider_id)
    return meeting_out(row, by_provider=who.provider_id is not None)
