"""Rules: presets to take, documents to store and activate, and who stands above a limit."""

from datetime import date, timedelta
from typing import Annotated

from fastapi import APIRouter, Depends

from app.absences.store import employee_from, employees_page
from app.access.guards import Decides, GuardedRoute, Reads, ReadsRules, WritesRules
from app.casebook import stands, tenant_today
from app.core.context import Ctx
from app.core.errors import FieldError, InvalidInput
from app.core.pages import Cut, cut
from app.core.wire import Page
from app.decisions.flags import flag_standing
from app.decisions.policy import put_in_force
from app.rules import store
from app.rules.document import RuleDocument
from app.rules.presets import PRESETS, meaning_of
from app.rules.schemas import (
    ActivationIn,
    PresetOut,
    RuleOut,
    StandingFlagIn,
    StandingFlagsOut,
    StandingOut,
    Words,
)
from app.rules.versions import StoredVersion
from app.rules.words import rule_in_words

router = APIRouter(route_class=GuardedRoute, tags=["rules"])


@router.get("/v1/rule-presets")
def list_rule_presets(_: ReadsRules) -> Page[PresetOut]:
    """Ready-made rules with their sources."""
    return Page(
        next_cursor=None,
        items=[
            PresetOut(
                name=preset.name,
                source=preset.source,
                rules=list(preset.rules),
                words=[_words(rule) for rule in preset.rules],
                meanings={
                    rule.id: Words(**meaning._asdict())
                    for rule in preset.rules
                    if (meaning := meaning_of(rule))
                },
            )
            for preset in PRESETS.values()
        ],
    )


@router.get("/v1/rules")
def list_rules(who: ReadsRules, ctx: Ctx, cut: Annotated[Cut, Depends(cut)]) -> Page[RuleOut]:
    """The tenant's rules."""
    with ctx.database.read() as conn:
        versions, following = store.rules_page(conn, who.tenant_id, cut)
    return Page(items=[_rule(version) for version in versions], next_cursor=following)


@router.post("/v1/rules", status_code=201)
def create_rule(body: RuleDocument, who: WritesRules, ctx: Ctx) -> RuleOut:
    """Store a rule as its first version. It does nothing until it is activated."""
    with ctx.database.write() as conn:
        rule_id = store.add_rule(conn, who.tenant_id, body, ctx.now())
        stored = store.rule_version(conn, who.tenant_id, rule_id)
    return _rule(stored)


@router.get("/v1/rules/{rule_id}")
def get_rule(rule_id: str, who: ReadsRules, ctx: Ctx) -> RuleOut:
    """One rule."""
    with ctx.database.read() as conn:
        return _rule(store.rule_version(conn, who.tenant_id, rule_id))


@router.post("/v1/rules/{rule_id}/activate")
def activate_rule(rule_id: str, body: ActivationIn, who: WritesRules, ctx: Ctx) -> RuleOut:
    """Put a version in force. It never acts on days before `live_from`."""
    now = ctx.now()
    with ctx.database.write() as conn:
        version = store.rule_version(conn, who.tenant_id, rule_id, body.version)
        if version.active and body.live_from is None:
            return _rule(version)
        today = tenant_today(conn, who.tenant_id, now).today
        live_from = body.live_from or today
        _refuse_past(live_from, version.document, today)
        put_in_force(conn, who.tenant_id, version, live_from, today)
        stored = store.rule_version(conn, who.tenant_id, rule_id)
    return _rule(stored)


def _refuse_past(live_from: date, rule: RuleDocument, today: date) -> None:
    if live_from < today - timedelta(days=rule.max_age_days):
        detail = "A rule may act at most its max_age_days before the day it is activated."
        raise InvalidInput([FieldError("#/live_from", "too_early", detail)])


@router.get("/v1/rules/{rule_id}/standing")
def list_standing(
    rule_id: str, who: Reads, ctx: Ctx, cut: Annotated[Cut, Depends(cut)]
) -> Page[StandingOut]:
    """Who meets the rule today without a flag of it: after a first load, those above the limit.

    A page covers `limit` employees, so it may list fewer, or none, before the last.
    """
    with ctx.database.read() as conn:
        version = store.active_version(conn, who.tenant_id, rule_id)
        rows, following = employees_page(conn, who.tenant_id, cut, number=None, unit=None)
        tenant = tenant_today(conn, who.tenant_id, ctx.now())
        listed = [employee_from(row) for row in rows]
        # A person is listed once, whatever the number of employments.
        once = [one for one in listed if one.person == one.employee_id]
        found = stands(conn, tenant, once, version)
    items = [
        StandingOut(
            employee_id=case.leading(tenant.today).employee_id, on=date.fromordinal(trigger.on)
        )
        for case, trigger in found
    ]
    return Page(items=items, next_cursor=following)


@router.post("/v1/rules/{rule_id}/standing/flag", status_code=201)
def raise_standing(rule_id: str, body: StandingFlagIn, who: Decides, ctx: Ctx) -> StandingFlagsOut:
    """Raise flags for named employees by a person's decision, on their latest trigger day."""
    with ctx.database.write() as conn:
        version = store.active_version(conn, who.tenant_id, rule_id)
        flags = flag_standing(
            conn, who.tenant_id, body.employee_ids, version, body.decided_by, ctx.now()
        )
    return StandingFlagsOut(flags=flags)


def _rule(version: StoredVersion) -> RuleOut:
    since = version.live_from
    return RuleOut(
        id=version.rule_id,
        rule=version.document.id,
        version=version.version,
        state="active" if version.active else "draft",
        live_from=date.fromordinal(since) if since is not None else None,
        content_hash=version.content_hash,
        document=version.document,
        words=_words(version.document),
    )


def _words(rule: RuleDocument) -> Words:
    return Words(sv=rule_in_words(rule, "sv"), en=rule_in_words(rule, "en"))
