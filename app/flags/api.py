"""Flags: what was raised, why, and what people decide about it; exemptions; evaluations."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import TypeAdapter

from app.access.guards import Decides, GuardedRoute, Reads
from app.casebook import judged_on, open_case, tenant_today
from app.core.context import Ctx
from app.core.pages import Cut, cut
from app.core.wire import Day, Page
from app.decisions import flags as decisions
from app.decisions.employees import exempt
from app.evaluation import evaluate, flag_trace, flag_words
from app.flags import store
from app.flags.picture import FlagState
from app.flags.schemas import (
    DismissIn,
    EvaluationOut,
    Exemptions,
    FlagDetailOut,
    FlagOut,
    HandleIn,
    ObjectIn,
    ReleaseIn,
)
from app.proposals import proposals_of

router = APIRouter(route_class=GuardedRoute, tags=["flags"])
_DETAIL = TypeAdapter(FlagDetailOut)
_EVALUATION = TypeAdapter(EvaluationOut)


@router.get("/v1/flags")
def list_flags(
    who: Reads,
    ctx: Ctx,
    cut: Annotated[Cut, Depends(cut)],
    state: FlagState | None = None,
    rule: Annotated[str | None, Query(max_length=63, description="id or name")] = None,
    unit: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[FlagOut]:
    """Flags in the order raised."""
    with ctx.database.read() as conn:
        rows, following = store.flags_page(
            conn, who.tenant_id, cut, state=state, rule=rule, unit=unit
        )
        found = proposals_of(conn, tenant_today(conn, who.tenant_id, ctx.now()), rows)
    items = [FlagOut(**_shown(row, found.get(row.flag_id))) for row in rows]
    return Page(items=items, next_cursor=following)


@router.get("/v1/flags/{flag_id}")
def get_flag(flag_id: str, who: Reads, ctx: Ctx) -> FlagDetailOut:
    """One flag, with its evidence and the trace of its judgement as known today."""
    return _flag(who.tenant_id, flag_id, ctx)


@router.post("/v1/flags/{flag_id}/release")
def release_flag(flag_id: str, body: ReleaseIn, who: Decides, ctx: Ctx) -> FlagDetailOut:
    """Refer: the flag becomes a referral, or is attached to the one that is open already."""
    by = decisions.Release(body.released_by, body.employee_informed_on, body.provider_id)
    with ctx.database.write() as conn:
        decisions.release(conn, who.tenant_id, flag_id, by, ctx.now())
    return _flag(who.tenant_id, flag_id, ctx)


@router.post("/v1/flags/{flag_id}/object")
def object_to_flag(flag_id: str, body: ObjectIn, who: Decides, ctx: Ctx) -> FlagDetailOut:
    """Record the employee's objection: nothing is sent, or what was requested is withdrawn."""
    with ctx.database.write() as conn:
        decisions.object_to(
            conn, who.tenant_id, flag_id, by=body.decided_by or who.key_id, now=ctx.now()
        )
    return _flag(who.tenant_id, flag_id, ctx)


@router.post("/v1/flags/{flag_id}/dismiss")
def dismiss_flag(flag_id: str, body: DismissIn, who: Decides, ctx: Ctx) -> FlagDetailOut:
    """Decide that the flag leads to nothing, with a reason code."""
    with ctx.database.write() as conn:
        decisions.dismiss(
            conn,
            who.tenant_id,
            flag_id,
            by=body.decided_by or who.key_id,
            reason=body.reason,
            now=ctx.now(),
        )
    return _flag(who.tenant_id, flag_id, ctx)


@router.post("/v1/flags/{flag_id}/handle")
def handle_flag(flag_id: str, body: HandleIn, who: Decides, ctx: Ctx) -> FlagDetailOut:
    """Record that a `notify` flag was dealt with."""
    with ctx.database.write() as conn:
        decisions.handle(
            conn,
            who.tenant_id,
            flag_id,
            by=body.decided_by or who.key_id,
            on=body.handled_on,
            outcome=body.outcome,
            now=ctx.now(),
        )
    return _flag(who.tenant_id, flag_id, ctx)


@router.get("/v1/employees/{employee_id}/evaluation", tags=["employees"])
def get_evaluation(
    employee_id: str,
    who: Reads,
    ctx: Ctx,
    as_of: Annotated[Day | None, Query(description="default: today")] = None,
) -> EvaluationOut:
    """What every active rule says of an employee on a day, and why."""
    with ctx.database.read() as conn:
        tenant = tenant_today(conn, who.tenant_id, ctx.now())
        case = open_case(conn, who.tenant_id, employee_id)
        found = evaluate(conn, tenant, case, employee_id, judged_on(tenant, as_of))
    return _EVALUATION.validate_python(found)


@router.put("/v1/employees/{employee_id}/exemptions", tags=["employees"])
def put_exemptions(employee_id: str, body: Exemptions, who: Decides, ctx: Ctx) -> Exemptions:
    """The whole list of an employee's exemptions, as it now is."""
    listed = [exemption.model_dump() for exemption in body.exemptions]
    with ctx.database.write() as conn:
        exempt(conn, who.tenant_id, employee_id, listed, ctx.now())
    return body


def _flag(tenant_id: str, flag_id: str, ctx: Ctx) -> FlagDetailOut:
    with ctx.database.read() as conn:
        row = store.flag_row(conn, tenant_id, flag_id)
        tenant = tenant_today(conn, tenant_id, ctx.now())
        case = open_case(conn, tenant_id, row.employee_id)
        flag = case.picture.flag(flag_id)
        trace = flag_trace(conn, tenant, case, flag)
        proposes = proposals_of(conn, tenant, [row]).get(flag_id)
    detail = {
        **_shown(row, proposes),
        "evidence": [{"first_day": first, "last_day": last} for first, last in row.evidence],
        "content_hash": case.rule_of(flag).content_hash,
        "trace": trace,
        **flag_words(tenant, case, flag, trace),
    }
    return _DETAIL.validate_python(detail)


def _shown(row: Any, proposes: str | None) -> dict[str, Any]:
    same = (
        "employee_id",
        "rule_id",
        "rung",
        "on",
        "state",
        "reason",
        "referral_id",
        "decided_by",
        "decided_on",
        "employee_informed_on",
        "proposed_by",
        "raised_at",
    )
    named = {name: getattr(row, name) for name in same}
    more = {"rule": row.name, "rule_version": row.version, "proposes": proposes}
    return {"id": row.flag_id, **more, **named}
