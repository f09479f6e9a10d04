"""The report about work groups: which units have a signal, and what it rests on."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from sqlalchemy.engine import Connection, Row

from app.access.guards import GuardedRoute, Reads
from app.casebook import Tenant, tenant_today
from app.core.clock import local_date
from app.core.context import Ctx
from app.core.errors import NotFound
from app.reports.asked import not_over
from app.reports.months import as_text, first_day, last_day, last_whole_month
from app.reports.schemas import Format, Language, Month
from app.reports.store import has_unit
from app.signals import store
from app.signals.drawn import draw_units
from app.signals.judge import FALSE_DISCOVERIES
from app.signals.schemas import UnitsOut
from app.signals.sheet import units_csv
from app.signals.tally import MONTHS, due_month

router = APIRouter(route_class=GuardedRoute, tags=["reports"])
_OTHERWISE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            media: {"schema": {"type": "string"}} for media in ("text/csv", "image/svg+xml")
        }
    }
}


@router.get("/v1/reports/units", response_model=UnitsOut, responses=_OTHERWISE)
def report_units(
    who: Reads,
    ctx: Ctx,
    month: Annotated[Month | None, Query(description="default: the last one due")] = None,
    unit: Annotated[str | None, Query(max_length=200, description="default: every unit")] = None,
    format: Annotated[Format, Query()] = "json",
    language: Annotated[Language, Query(description="of drawings, and the form of a CSV")] = "sv",
) -> Any:
    """Units whose short sick leave has risen: a reason to talk (APT), never about a person.

    Every month is judged once, twenty days after its end, over the three months that end with it:
    short episodes for each employed day, beside the unit's own last years and beside the other
    units. Months that were due while nothing ran are not judged.
    """
    with ctx.database.read() as conn:
        tenant = tenant_today(conn, who.tenant_id, ctx.now())
        month = due_month(tenant.today) if month is None else month
        if month > last_whole_month(tenant.today):
            raise not_over("month")
        found = _report(conn, tenant, month, unit)
    if format == "csv":
        named = {"Content-Disposition": f'attachment; filename="units-{as_text(month)}.csv"'}
        content = units_csv(found, language)
        return Response(content, media_type="text/csv; charset=utf-8", headers=named)
    if format == "svg":
        return Response(draw_units(found, language), media_type="image/svg+xml")
    return UnitsOut.model_validate(found)


def _report(conn: Connection, tenant: Tenant, month: int, unit: str | None) -> dict[str, Any]:
    """A month as it was kept. Raises NotFound for a unit that nobody belongs to."""
    rows = store.found_of(conn, tenant.tenant_id, month, unit)
    if unit is not None and not rows and not has_unit(conn, tenant.tenant_id, unit):
        raise NotFound
    judged_at = store.judged_at(conn, tenant.tenant_id, month)
    dialogues: dict[str, Row[Any]] = {}
    if judged_at is not None and any(row.state == "signal" for row in rows):
        since = local_date(judged_at, tenant.settings.time_zone)
        dialogues = store.dialogues_since(conn, tenant.tenant_id, since)
    return {
        "month": as_text(month),
        "from": first_day(month - MONTHS + 1),
        "to": last_day(month),
        "judged_at": judged_at,
        "false_discoveries": FALSE_DISCOVERIES,
        "units": [_unit(row, dialogues.get(row.unit)) for row in rows],
    }


def _unit(row: Row[Any], dialogue: Row[Any] | None) -> dict[str, Any]:
    held: date | None = dialogue.on if dialogue is not None else None
    return {
        **{name: getattr(row, name) for name in ("unit", "state", "reason", "figures")},
        "dialogue": {"id": dialogue.activity_id, "state": dialogue.state, "on": held}
        if dialogue is not None and row.state == "signal"
        else None,
    }
