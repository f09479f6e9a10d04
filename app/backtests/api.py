"""Backtests: what would these rules have said, over the stored history."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy.engine import Row

from app.access.guards import Forbidden, GuardedRoute, Reads, ReadsRules
from app.access.principal import Principal
from app.backtests import store
from app.backtests.ask import ask
from app.backtests.asked import Question
from app.backtests.drawn import heat_map
from app.backtests.schemas import (
    AskedRuleOut,
    BacktestCounts,
    BacktestIn,
    BacktestOut,
    BacktestPersonOut,
    Change,
)
from app.backtests.view import shown_counts
from app.core.context import Ctx
from app.core.errors import Conflict, NotFound
from app.core.pages import Cut, cut
from app.core.wire import Name, Page

router = APIRouter(route_class=GuardedRoute, tags=["rules"])

_CASES = frozenset({"cases:read"})
_DRAWN: dict[int | str, dict[str, Any]] = {
    200: {"content": {"image/svg+xml": {"schema": {"type": "string"}}}}
}


class BacktestOver(Conflict):
    """What is over cannot be stopped."""

    code = "backtest_over"
    detail = "The backtest is over; it cannot be cancelled any more."


@router.post("/v1/backtests", status_code=202)
def create_backtest(body: BacktestIn, who: ReadsRules, ctx: Ctx) -> BacktestOut:
    """Ask what rules would have said of everybody; nothing is flagged, and nobody is told.

    Counts are of accepted triggers (a rule's flags had it always been in force) by month and unit,
    health talks by week, overlap between rules, and against another version of a rule. `sweep`
    tries other limits and windows. Units are those of today. It is worked on beside other things:
    look at it again until `state` is `done`; it is kept for 30 days.
    """
    if body.persons and not who.may(_CASES):
        raise Forbidden
    backtest_id = ask(ctx, who.tenant_id, body, may_read_cases=who.may(_CASES))
    with ctx.database.read() as conn:
        return _out(store.backtest_row(conn, (who.tenant_id, backtest_id)), who)


@router.get("/v1/backtests")
def list_backtests(
    who: ReadsRules, ctx: Ctx, cut: Annotated[Cut, Depends(cut)]
) -> Page[BacktestOut]:
    """The backtests of the last 30 days, the oldest first."""
    with ctx.database.read() as conn:
        rows, following = store.backtests_page(conn, who.tenant_id, cut)
    return Page(items=[_out(row, who) for row in rows], next_cursor=following)


@router.get("/v1/backtests/{backtest_id}")
def get_backtest(backtest_id: str, who: ReadsRules, ctx: Ctx) -> BacktestOut:
    """One backtest: how far it has come and, when it is done, its counts."""
    with ctx.database.read() as conn:
        return _out(store.backtest_row(conn, (who.tenant_id, backtest_id)), who)


@router.get("/v1/backtests/{backtest_id}/heat-map", response_class=Response, responses=_DRAWN)
def draw_backtest(
    backtest_id: str,
    who: ReadsRules,
    ctx: Ctx,
    language: Annotated[Literal["sv", "en"], Query()] = "sv",
) -> Response:
    """The sweep of a backtest that is done, as a heat map (SVG)."""
    with ctx.database.read() as conn:
        row = store.backtest_row(conn, (who.tenant_id, backtest_id))
    asked = _out(row, who)
    if asked.counts is None or asked.counts.sweep is None:
        raise NotFound
    period = (asked.first.isoformat(), asked.last.isoformat())
    drawn = heat_map(row.counts["sweep"], period, language)
    return Response(drawn, media_type="image/svg+xml")


@router.get("/v1/backtests/{backtest_id}/persons")
def list_backtest_persons(
    backtest_id: str,
    who: Reads,
    ctx: Ctx,
    cut: Annotated[Cut, Depends(cut)],
    rule: Annotated[Name | None, Query()] = None,
    change: Annotated[Change | None, Query()] = None,
) -> Page[BacktestPersonOut]:
    """Whom the rules would have flagged and when; kept where `persons` was asked for."""
    key = (who.tenant_id, backtest_id)
    with ctx.database.read() as conn:
        store.backtest_row(conn, key)
        rows, following = store.persons_page(conn, key, cut, rule=rule, change=change)
    items = [
        BacktestPersonOut(employee_id=r.employee_id, rule=r.rule, on=r.on, change=r.change)
        for r in rows
    ]
    return Page(items=items, next_cursor=following)


@router.post("/v1/backtests/{backtest_id}/cancel")
def cancel_backtest(backtest_id: str, who: ReadsRules, ctx: Ctx) -> BacktestOut:
    """Stop a backtest; what it has found so far is dropped."""
    key = (who.tenant_id, backtest_id)
    with ctx.database.write() as conn:
        cancelled = store.cancel(conn, key, ctx.now())
        row = store.backtest_row(conn, key)
        if not cancelled and row.state != "cancelled":
            raise BacktestOver
    return _out(row, who)


@router.delete("/v1/backtests/{backtest_id}", status_code=204)
def delete_backtest(backtest_id: str, who: ReadsRules, ctx: Ctx) -> None:
    """Forget a backtest, and whom it named."""
    key = (who.tenant_id, backtest_id)
    with ctx.database.write() as conn:
        store.backtest_row(conn, key)
        store.delete_backtest(conn, key)


def _out(row: Row[Any], who: Principal) -> BacktestOut:
    """A backtest as the caller may see it."""
    question = Question.of(row.asked)
    first, last = question.days
    before = question.before
    shown = row.counts and shown_counts(
        row.counts, narrowed=question.narrowed, may_read_cases=who.may(_CASES)
    )
    return BacktestOut(
        id=row.backtest_id,
        state=row.state,
        progress=row.progress,
        rules=[AskedRuleOut(**rule.to_json()) for rule in question.rules],
        compared_with=AskedRuleOut(**before.to_json()) if before else None,
        **{"from": first, "to": last},
        persons=row.with_persons,
        created_at=row.created_at,
        ended_at=row.ended_at,
        problem=row.problem,
        counts=BacktestCounts.model_validate(shown) if shown else None,
    )
