"""Silences: list, decide, end early. Every one has its reason and its last day."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from app.access.guards import Decides, GuardedRoute, Reads
from app.core.context import Ctx
from app.core.pages import Cut, cut
from app.core.wire import Day, Key, Page
from app.decisions.silences import Ended, end_silence, silence
from app.flags.silences import store
from app.flags.silences.schemas import EndIn, SilenceIn, SilenceOut

router = APIRouter(route_class=GuardedRoute, tags=["flags"])


@router.get("/v1/silences")
def list_silences(
    who: Reads,
    ctx: Ctx,
    cut: Annotated[Cut, Depends(cut)],
    employee_id: Annotated[str | None, Query(max_length=40)] = None,
    unit: Annotated[Key | None, Query(description="that names this very unit")] = None,
    rule_id: Annotated[str | None, Query(max_length=40)] = None,
    on: Annotated[Day | None, Query(description="that hold on that day")] = None,
) -> Page[SilenceOut]:
    """Silences, also past ones, in the order decided."""
    with ctx.database.read() as conn:
        rows, following = store.silences_page(
            conn, who.tenant_id, cut, employee_id=employee_id, unit=unit, rule_id=rule_id, on=on
        )
    return Page(items=[_silence(row) for row in rows], next_cursor=following)


@router.post("/v1/silences", status_code=201)
def create_silence(body: SilenceIn, who: Decides, ctx: Ctx) -> SilenceOut:
    """Keep rules from acting on an employee, a unit's employees or, of one rule, on anybody.

    What they would have raised on those days is `suppressed`, with the reason code. Flags that
    are there already stay.
    """
    with ctx.database.write() as conn:
        silence_id = silence(conn, who.tenant_id, body.model_dump(), ctx.now())
        row = store.silence_row(conn, who.tenant_id, silence_id)
    return _silence(row)


@router.get("/v1/silences/{silence_id}")
def get_silence(silence_id: str, who: Reads, ctx: Ctx) -> SilenceOut:
    """One of them."""
    with ctx.database.read() as conn:
        return _silence(store.silence_row(conn, who.tenant_id, silence_id))


@router.post("/v1/silences/{silence_id}/end")
def end_silence_early(silence_id: str, body: EndIn, who: Decides, ctx: Ctx) -> SilenceOut:
    """End it early: what was suppressed on later days is judged anew, and may be raised."""
    ended = Ended(body.ended_by, body.last_day)
    with ctx.database.write() as conn:
        end_silence(conn, who.tenant_id, silence_id, ended, ctx.now())
        row = store.silence_row(conn, who.tenant_id, silence_id)
    return _silence(row)


def _silence(row: Any) -> SilenceOut:
    same = {name: getattr(row, name) for name in SilenceOut.model_fields if name != "id"}
    return SilenceOut(id=row.silence_id, **same)
