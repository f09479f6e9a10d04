"""Rules in force: what activation would do, doing it, taking it back, and who stands above."""

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Response

from app.absences.store import employee_from, employees_page
from app.access.guards import Decides, GuardedRoute, Reads, WritesRules
from app.access.principal import Principal
from app.casebook import tenant_today
from app.core.context import Ctx
from app.core.etags import IfMatch
from app.core.pages import Cut, cut
from app.core.wire import Page
from app.decisions import activate as decisions
from app.decisions.flags import flag_standing
from app.decisions.rules import proved
from app.previewing import preview
from app.rules import store
from app.rules.force.schemas import (
    ActivationIn,
    PreviewOut,
    StandingFlagIn,
    StandingFlagsOut,
    StandingOut,
)
from app.rules.schemas import RuleOut
from app.rules.show import show_rule
from app.standing import stands

router = APIRouter(route_class=GuardedRoute, tags=["rules"])


@router.post("/v1/rules/{rule_id}/activate")
def activate_rule(
    rule_id: str,
    body: ActivationIn,
    who: WritesRules,
    ctx: Ctx,
    response: Response,
    if_match: IfMatch = None,
) -> RuleOut:
    """Put a version in force, or in shadow. It never acts on days before `live_from`.

    Its own tests must pass. An earlier version is put in force again in the same way.
    """
    now = ctx.now()
    with ctx.database.write() as conn:
        version = decisions.activate(conn, who.tenant_id, rule_id, _asked(body, who), if_match, now)
        today = tenant_today(conn, who.tenant_id, now).today
    return show_rule(version, today, response)


def _asked(body: ActivationIn, who: Principal) -> decisions.Activation:
    return decisions.Activation(
        body.version, body.mode, body.live_from, body.shadow_until, who.key_id
    )


@router.post("/v1/rules/{rule_id}/activate/preview")
def preview_activation(rule_id: str, body: ActivationIn, who: WritesRules, ctx: Ctx) -> PreviewOut:
    """What activating a version would do, in counts: whom it would flag now, who would stand
    above the limit, and what it would have said in the last twelve months. Nothing is changed."""
    now = ctx.now()
    with ctx.database.read() as conn:
        version = store.rule_version(conn, who.tenant_id, rule_id, body.version)
        today = tenant_today(conn, who.tenant_id, now).today
        decisions.refuse_dates(version, _asked(body, who), today)
    found = preview(ctx.database, who.tenant_id, version, body.live_from or today, now)
    tests = [decisions.shown(proof) for proof in proved(version.document)]
    return PreviewOut.model_validate({**found, "tests": tests})


@router.post("/v1/rules/{rule_id}/retire")
def retire_rule(
    rule_id: str, who: WritesRules, ctx: Ctx, response: Response, if_match: IfMatch = None
) -> RuleOut:
    """Take a rule out of force, and its shadow with it. The flags it has raised stay with people,
    and still follow when an absence is corrected."""
    now = ctx.now()
    with ctx.database.write() as conn:
        version = decisions.retire(conn, who.tenant_id, rule_id, if_match, now)
        today = tenant_today(conn, who.tenant_id, now).today
    return show_rule(version, today, response)


@router.get("/v1/rules/{rule_id}/standing")
def list_standing(
    rule_id: str, who: Reads, ctx: Ctx, cut: Annotated[Cut, Depends(cut)]
) -> Page[StandingOut]:
    """Who meets the rule today without a flag of it: after a first load, those above the limit.

    A page covers `limit` employees, so it may list fewer, or none, before the last; of a ladder
    somebody may stand on several rungs.
    """
    with ctx.database.read() as conn:
        store.active_version(conn, who.tenant_id, rule_id)
        rows, following = employees_page(conn, who.tenant_id, cut, number=None, unit=None)
        tenant = tenant_today(conn, who.tenant_id, ctx.now())
        listed = [employee_from(row) for row in rows]
        # A person is listed once, whatever the number of employments.
        once = [one for one in listed if one.person == one.employee_id]
        found = stands(conn, tenant, once, rule_id)
    items = [
        StandingOut(
            employee_id=case.leading(tenant.today).employee_id,
            on=date.fromordinal(trigger.on),
            rung=version.rung,
        )
        for case, version, trigger in found
    ]
    return Page(items=items, next_cursor=following)


@router.post("/v1/rules/{rule_id}/standing/flag", status_code=201)
def raise_standing(rule_id: str, body: StandingFlagIn, who: Decides, ctx: Ctx) -> StandingFlagsOut:
    """Raise flags for named employees by a person's decision, on their latest trigger day."""
    with ctx.database.write() as conn:
        store.active_version(conn, who.tenant_id, rule_id)
        flags = flag_standing(
            conn, who.tenant_id, body.employee_ids, rule_id, body.decided_by, ctx.now()
        )
    return StandingFlagsOut(flags=flags)
