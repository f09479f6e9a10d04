"""What a version in shadow would have done, against what was raised meanwhile."""

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy.engine import Connection

from app.access.guards import GuardedRoute, ReadsRules
from app.access.principal import Principal, Scope
from app.casebook import tenant_today
from app.core.context import Ctx
from app.core.errors import NotFound
from app.core.pages import Cut, cut
from app.flags.shadow import store
from app.flags.shadow.schemas import (
    ComparisonOut,
    DecisionOut,
    LiveFlagOut,
    ShadowPersonOut,
    ShadowReportOut,
)
from app.rules.store import rule_version

router = APIRouter(route_class=GuardedRoute, tags=["rules"])
_OF_PEOPLE: frozenset[Scope] = frozenset({"cases:read"})


@router.get("/v1/rules/{rule_id}/shadow")
def get_shadow(
    rule_id: str, who: ReadsRules, ctx: Ctx, cut: Annotated[Cut, Depends(cut)]
) -> ShadowReportOut:
    """What the rule's latest version in shadow would have done, person by person, and in counts.

    404 when none of its versions ever ran in shadow.
    """
    with ctx.database.read() as conn:
        shadow = rule_version(conn, who.tenant_id, rule_id).shadow
        if shadow is None:
            raise NotFound
        key = (rule_id, shadow.version)
        found = store.compare(conn, who.tenant_id, key, shadow.first)
        people, following = _people(conn, who, key, shadow.first, cut)
        today = tenant_today(conn, who.tenant_id, ctx.now()).today
    return ShadowReportOut.model_validate(
        {
            "version": shadow.version,
            "from": shadow.first,
            "until": shadow.last,
            "running": shadow.first <= today <= shadow.last,
            "comparison": ComparisonOut(
                both=found.both, only_shadow=found.only_shadow, only_live=found.only_live
            ),
            "items": people,
            "next_cursor": following,
        }
    )


def _people(
    conn: Connection, who: Principal, key: store.Key, since: date, cut: Cut
) -> tuple[list[ShadowPersonOut], str | None]:
    if not who.may(_OF_PEOPLE):
        return [], None
    ids, following = store.compared_page(conn, who.tenant_id, key, since, cut)
    decisions = store.decision_rows(conn, who.tenant_id, ids, [key[0]])
    flags = store.flags_beside(conn, who.tenant_id, key, since, ids)
    return [
        _person(
            one,
            [row for row in decisions.get(one, ()) if row.version == key[1]],
            flags.get(one, ()),
        )
        for one in ids
    ], following


def _person(employee_id: str, decisions: Iterable[Any], flags: Iterable[Any]) -> ShadowPersonOut:
    made = [
        DecisionOut(
            id=row.decision_id,
            rung=row.rung,
            on=row.on,
            outcome=row.outcome,
            reason=row.reason,
            decided_at=row.decided_at,
        )
        for row in decisions
    ]
    raised = [
        LiveFlagOut(flag_id=row.flag_id, rung=row.rung, on=row.on, rule_version=row.version)
        for row in flags
    ]
    told = (any(one.outcome == "raised" for one in made), bool(raised))
    compared = {
        (True, True): "both",
        (True, False): "only_shadow",
        (False, True): "only_live",
        (False, False): "neither",
    }
    return ShadowPersonOut.model_validate(
        {
            "employee_id": employee_id,
            "compared": compared[told],
            "decisions": made,
            "flags": raised,
        }
    )
