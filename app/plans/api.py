"""Action plans: written by the employer, read by the provider of their referral too."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response

from app.access.guards import Decides, GuardedRoute, ReadsReferrals
from app.access.principal import Principal
from app.core.context import Ctx
from app.core.etags import IfMatch, of_version
from app.core.pages import Cut, cut
from app.core.wire import Page
from app.decisions import plans as decisions
from app.plans import store
from app.plans.schemas import (
    AdoptIn,
    DoneIn,
    FollowedUpIn,
    FollowUpOut,
    MeasureIn,
    PlanChange,
    PlanIn,
    PlanOut,
    PlanState,
)

router = APIRouter(route_class=GuardedRoute, tags=["plans"])


@router.post("/v1/plans", status_code=201)
def create_plan(body: PlanIn, who: Decides, ctx: Ctx, response: Response) -> PlanOut:
    """Write a draft, for a referral or for an employee without one."""
    with ctx.database.write() as conn:
        plan_id = decisions.write_plan(
            conn,
            who.tenant_id,
            referral_id=body.referral_id,
            employee_id=body.employee_id,
            measures=_measures(body.measures),
            follow_ups=body.follow_ups or [],
            now=ctx.now(),
        )
    return _plan(who, plan_id, ctx, response)


@router.get("/v1/plans")
def list_plans(
    who: ReadsReferrals,
    ctx: Ctx,
    cut: Annotated[Cut, Depends(cut)],
    state: PlanState | None = None,
    employee_id: Annotated[str | None, Query(max_length=40)] = None,
    referral_id: Annotated[str | None, Query(max_length=40)] = None,
) -> Page[PlanOut]:
    """Plans in the order written; for a provider those of referrals addressed to it."""
    filters = {"state": state, "employee_id": employee_id, "referral_id": referral_id}
    with ctx.database.read() as conn:
        rows, following = store.plans_page(
            conn, who.tenant_id, cut, provider_id=who.provider_id, filters=filters
        )
        found = store.follow_ups_of(conn, who.tenant_id, [row.plan_id for row in rows])
    items = [_shown(row, found[row.plan_id]) for row in rows]
    return Page(items=items, next_cursor=following)


@router.get("/v1/plans/{plan_id}")
def get_plan(plan_id: str, who: ReadsReferrals, ctx: Ctx, response: Response) -> PlanOut:
    """One plan. `ETag` names its version."""
    return _plan(who, plan_id, ctx, response)


@router.put("/v1/plans/{plan_id}")
def replace_plan(
    plan_id: str,
    body: PlanChange,
    who: Decides,
    ctx: Ctx,
    response: Response,
    if_match: IfMatch = None,
) -> PlanOut:
    """The measures as they now are. With `If-Match` nobody's change is overwritten unseen."""
    with ctx.database.write() as conn:
        decisions.rewrite(
            conn,
            who.tenant_id,
            plan_id,
            measures=_measures(body.measures),
            follow_ups=body.follow_ups,
            if_match=if_match,
            now=ctx.now(),
        )
    return _plan(who, plan_id, ctx, response)


@router.post("/v1/plans/{plan_id}/adopt")
def adopt_plan(
    plan_id: str,
    body: AdoptIn,
    who: Decides,
    ctx: Ctx,
    response: Response,
    if_match: IfMatch = None,
) -> PlanOut:
    """Employer and employee adopt it; the referral moves on, and follow-ups begin to run."""
    with ctx.database.write() as conn:
        decisions.adopt(
            conn,
            who.tenant_id,
            plan_id,
            by=body.decided_by or who.key_id,
            employer_on=body.employer_adopted_on,
            employee_on=body.employee_adopted_on,
            if_match=if_match,
            now=ctx.now(),
        )
    return _plan(who, plan_id, ctx, response)


@router.post("/v1/plans/{plan_id}/measures/{number}/done")
def finish_measure(
    plan_id: str, number: int, body: DoneIn, who: Decides, ctx: Ctx, response: Response
) -> PlanOut:
    """A measure was carried out."""
    with ctx.database.write() as conn:
        decisions.finish_measure(conn, who.tenant_id, plan_id, number, body.done_on, ctx.now())
    return _plan(who, plan_id, ctx, response)


@router.post("/v1/plans/{plan_id}/follow-ups/{number}/done")
def finish_follow_up(
    plan_id: str, number: int, body: FollowedUpIn, who: Decides, ctx: Ctx, response: Response
) -> PlanOut:
    """A follow-up was done; the last one closes the plan and its referral."""
    with ctx.database.write() as conn:
        decisions.finish_follow_up(
            conn,
            who.tenant_id,
            plan_id,
            number,
            done_on=body.done_on,
            work_status=body.work_status,
            by=body.decided_by or who.key_id,
            now=ctx.now(),
        )
    return _plan(who, plan_id, ctx, response)


def _measures(measures: Sequence[MeasureIn]) -> list[dict[str, Any]]:
    return [{**measure.model_dump(mode="json"), "done_on": None} for measure in measures]


def _plan(who: Principal, plan_id: str, ctx: Ctx, response: Response) -> PlanOut:
    with ctx.database.read() as conn:
        row = store.plan_row(conn, who.tenant_id, plan_id, provider_id=who.provider_id)
        found = store.follow_ups_of(conn, who.tenant_id, [plan_id])[plan_id]
    response.headers["ETag"] = of_version(row.version)
    return _shown(row, found)


def _shown(row: Any, follow_ups: Sequence[Any]) -> PlanOut:
    same = set(PlanOut.model_fields) - {"id", "follow_ups"}
    stages = [
        FollowUpOut(**{name: getattr(one, name) for name in FollowUpOut.model_fields})
        for one in follow_ups
    ]
    named = {name: getattr(row, name) for name in same}
    return PlanOut.model_validate({"id": row.plan_id, "follow_ups": stages, **named})
