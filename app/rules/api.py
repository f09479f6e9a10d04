"""Rules: presets to take, documents to check, store and change, and the form they have."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Response
from sqlalchemy.engine import Connection

from app.access.guards import GuardedRoute, ReadsRules, WritesRules
from app.casebook import tenant_today
from app.core.context import Ctx
from app.core.etags import IfMatch
from app.core.pages import Cut, cut, cut_list
from app.core.wire import Page
from app.decisions import rules as decisions
from app.decisions.activate import shown
from app.rules import store
from app.rules.document import Document
from app.rules.presets import PRESETS, Preset, meaning_of
from app.rules.schemas import (
    CheckOut,
    FindingOut,
    PresetOut,
    ProofOut,
    RuleOut,
    RungOut,
    SavedRuleOut,
    Schema,
    VersionOut,
    Words,
)
from app.rules.show import rule_words, show_rule, show_version, words
from app.rules.written import rule_schema


class RuleRoute(GuardedRoute):
    """A route for documents that people write: nobody writes a longer one."""

    max_body = 128 * 1024


_KNOWN: dict[int | str, dict[str, Any]] = {200: {"model": SavedRuleOut}}
router = APIRouter(route_class=RuleRoute, tags=["rules"])


@router.get("/v1/rule-presets")
def list_rule_presets(_: ReadsRules, asked: Annotated[Cut, Depends(cut)]) -> Page[PresetOut]:
    """Ready-made rules with their sources."""
    presets, following = cut_list(list(PRESETS.values()), asked)
    return Page(items=[_preset(preset) for preset in presets], next_cursor=following)


def _preset(preset: Preset) -> PresetOut:
    rules = list(preset.rules)
    meanings = {rule.id: meaning for rule in rules if (meaning := meaning_of(rule))}
    return PresetOut(
        name=preset.name,
        source=preset.source,
        rules=rules,
        words=[rule_words(rule) for rule in rules],
        meanings={name: Words(**meaning._asdict()) for name, meaning in meanings.items()},
    )


@router.get("/v1/rules/schema")
def get_rule_schema(_: ReadsRules) -> Schema:
    """The JSON Schema (2020-12) of rule documents, for editors and generators.

    What it cannot say is checked when a document is stored: how deep conditions nest, and whether
    they can hold at all.
    """
    return rule_schema()


@router.post("/v1/rules/check")
def check_rule(body: Document, who: ReadsRules, ctx: Ctx) -> CheckOut:
    """Look a document over, say it in words and run its tests. Nothing is stored."""
    with ctx.database.read() as conn:
        tenant = tenant_today(conn, who.tenant_id, ctx.now())
        examined = decisions.examine(conn, tenant, body)
    return CheckOut(
        valid=not examined.errors,
        errors=_findings(examined.errors),
        content_hash=body.content_hash(),
        words=words(body),
        rungs=[RungOut(rule=rung.id, words=rule_words(rung)) for rung in body.rungs],
        **_examined(examined),
    )


@router.get("/v1/rules")
def list_rules(who: ReadsRules, ctx: Ctx, cut: Annotated[Cut, Depends(cut)]) -> Page[RuleOut]:
    """The tenant's rules."""
    with ctx.database.read() as conn:
        versions, following = store.rules_page(conn, who.tenant_id, cut)
        today = _today(conn, who.tenant_id, ctx.now())
    return Page(items=[show_rule(version, today) for version in versions], next_cursor=following)


@router.post("/v1/rules", status_code=201)
def create_rule(body: Document, who: WritesRules, ctx: Ctx, response: Response) -> SavedRuleOut:
    """Store a rule as its first version. It does nothing until it is activated."""
    with ctx.database.write() as conn:
        version, examined = decisions.write_rule(conn, who.tenant_id, body, ctx.now())
        today = _today(conn, who.tenant_id, ctx.now())
    shown = show_rule(version, today, response)
    return SavedRuleOut.model_validate({**_fields(shown), **_examined(examined)})


@router.get("/v1/rules/{rule_id}")
def get_rule(rule_id: str, who: ReadsRules, ctx: Ctx, response: Response) -> RuleOut:
    """One rule. `ETag` names the state it is in."""
    with ctx.database.read() as conn:
        today = _today(conn, who.tenant_id, ctx.now())
        return show_rule(store.rule_version(conn, who.tenant_id, rule_id), today, response)


@router.post("/v1/rules/{rule_id}/versions", status_code=201, responses=_KNOWN)
def create_rule_version(
    rule_id: str,
    body: Document,
    who: WritesRules,
    ctx: Ctx,
    response: Response,
    if_match: IfMatch = None,
) -> SavedRuleOut:
    """Store a further version of a rule. It does nothing until it is activated.

    The same document as in the newest version is that version: 200.
    """
    with ctx.database.write() as conn:
        version, examined, fresh = decisions.write_version(
            conn, who.tenant_id, rule_id, body, if_match, ctx.now()
        )
        today = _today(conn, who.tenant_id, ctx.now())
    if not fresh:
        response.status_code = 200
    shown = show_rule(version, today, response)
    return SavedRuleOut.model_validate({**_fields(shown), **_examined(examined)})


@router.get("/v1/rules/{rule_id}/versions")
def list_rule_versions(
    rule_id: str, who: ReadsRules, ctx: Ctx, asked: Annotated[Cut, Depends(cut)]
) -> Page[VersionOut]:
    """Every version of a rule, the newest first."""
    with ctx.database.read() as conn:
        store.rule_row(conn, who.tenant_id, rule_id)
        versions = store.versions_of(conn, who.tenant_id, rule_id)
        today = _today(conn, who.tenant_id, ctx.now())
    items, following = cut_list([show_version(v, today) for v in reversed(versions)], asked)
    return Page(items=items, next_cursor=following)


@router.get("/v1/rules/{rule_id}/versions/{number}")
def get_rule_version(rule_id: str, number: int, who: ReadsRules, ctx: Ctx) -> VersionOut:
    """One version of a rule, as it was written."""
    with ctx.database.read() as conn:
        today = _today(conn, who.tenant_id, ctx.now())
        return show_version(store.rule_version(conn, who.tenant_id, rule_id, number), today)


def _today(conn: Connection, tenant_id: str, now: datetime) -> date:
    return tenant_today(conn, tenant_id, now).today


def _fields(shown: RuleOut) -> dict[str, Any]:
    return {name: getattr(shown, name) for name in RuleOut.model_fields}


def _examined(examined: decisions.Examined) -> dict[str, Any]:
    return {
        "warnings": _findings(examined.warnings),
        "tests": [ProofOut.model_validate(shown(proof)) for proof in examined.proofs],
    }


def _findings(found: Any) -> list[FindingOut]:
    return [FindingOut(pointer=f.pointer, code=f.code, detail=f.detail) for f in found]
