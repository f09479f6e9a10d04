"""Reports about groups of ten or more: a month's sick leave, and what became of those helped."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import TypeAdapter
from sqlalchemy.engine import Connection

from app.access.guards import GuardedRoute, Reads
from app.casebook import Tenant, tenant_today
from app.core.context import Ctx
from app.core.errors import NotFound
from app.reports.asked import Asked, not_over
from app.reports.attendance import attendance
from app.reports.cohort import known, months_work, timelines
from app.reports.drawn import draw_attendance, draw_outcomes
from app.reports.months import as_text, first_day, last_day, last_whole_month
from app.reports.outcomes import outcomes
from app.reports.schemas import AttendanceOut, Format, Language, Month, OutcomesOut
from app.reports.sheet import attendance_csv, outcomes_csv
from app.reports.store import has_unit
from app.reports.view import View

router = APIRouter(route_class=GuardedRoute, tags=["reports"])
_ATTENDANCE = TypeAdapter(AttendanceOut)
_OUTCOMES = TypeAdapter(OutcomesOut)
_OTHERWISE: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            media: {"schema": {"type": "string"}} for media in ("text/csv", "image/svg+xml")
        }
    }
}
UnitAsked = Annotated[str | None, Query(max_length=200, description="default: every unit")]
FormatAsked = Annotated[Format, Query()]
LanguageAsked = Annotated[Language, Query(description="of drawings, and the form of a CSV")]


@router.get("/v1/reports/attendance", response_model=AttendanceOut, responses=_OTHERWISE)
def report_attendance(
    who: Reads,
    ctx: Ctx,
    month: Annotated[Month | None, Query(description="default: the last one over")] = None,
    unit: UnitAsked = None,
    format: FormatAsked = "json",
    language: LanguageAsked = "sv",
) -> Any:
    """A month's sick leave, in all and by unit: employed, episodes, days, rate, extents.

    Of a month that is over. Sick days are those of the kinds the policy counts, at any extent;
    episodes are joined as it joins them. Whatever rests on fewer than ten people is null, and so
    is what it could be subtracted from.
    """
    with ctx.database.read() as conn:
        tenant = tenant_today(conn, who.tenant_id, ctx.now())
        last = last_whole_month(tenant.today)
        month = last if month is None else month
        if month > last:
            raise not_over("month")
        _check_unit(conn, tenant, unit)
        people = months_work(conn, tenant.tenant_id, tenant.policy, month)
    found = {"month": as_text(month), **attendance(people, unit)}
    name = f"attendance-{as_text(month)}"
    if format == "csv":
        return _csv(attendance_csv(found, language), name)
    return _svg(draw_attendance(found, language)) if format == "svg" else _as(_ATTENDANCE, found)


@router.get("/v1/reports/outcomes", response_model=OutcomesOut, responses=_OTHERWISE)
def report_outcomes(
    who: Reads,
    ctx: Ctx,
    first: Annotated[
        Month | None, Query(alias="from", description="default: twelve months up to `to`")
    ] = None,
    to: Annotated[Month | None, Query(description="default: the last month over")] = None,
    unit: UnitAsked = None,
    format: FormatAsked = "json",
    language: LanguageAsked = "sv",
) -> Any:
    """What became of those who took part: referral or meeting, talks held, back in work, absence.

    Counted in whole months of entry, by the service's own clock, up to the last month that is
    over. A part that would tell of fewer than ten people - by itself, by subtraction, or beside a
    report of another period - is shown more coarsely or not at all; `suppressed` says which, and
    of which period it would be shown. One limit remains: what became of somebody is as known at
    the end of the last whole month, and the same report a month later may differ by few people.
    """
    with ctx.database.read() as conn:
        tenant = tenant_today(conn, who.tenant_id, ctx.now())
        asked = Asked(first, to, last_whole_month(tenant.today))
        view = _view(conn, tenant, asked, unit)
    begin, end = view.period
    report = {
        "period": {
            "from": first_day(begin),
            "to": last_day(end),
            "because": asked.because(view.period),
        },
        "as_of": last_day(asked.last),
        "unit": unit,
        **outcomes(view),
    }
    if format == "csv":
        name = f"outcomes-{as_text(begin)}-{as_text(end)}"
        return _csv(outcomes_csv(report, language), name)
    return _svg(draw_outcomes(report, language)) if format == "svg" else _as(_OUTCOMES, report)


def _view(conn: Connection, tenant: Tenant, asked: Asked, unit: str | None) -> View:
    """Everybody who takes part, seen in the period asked for or as much of it as may be."""
    period = asked.period
    _check_unit(conn, tenant, unit)
    zone = tenant.settings.time_zone
    found = known(conn, tenant.tenant_id, tenant.policy, month=asked.last, time_zone=zone)
    view = View(*timelines(found), period, unit)
    return view if view.is_shown else view.of(asked.shortened(view.longest))


def _check_unit(conn: Connection, tenant: Tenant, unit: str | None) -> None:
    """Raise NotFound for a unit that nobody belongs to."""
    if unit is not None and not has_unit(conn, tenant.tenant_id, unit):
        raise NotFound


def _as(form: TypeAdapter[Any], found: dict[str, Any]) -> Any:
    return form.validate_python(found)


def _csv(content: bytes, name: str) -> Response:
    named = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(content, media_type="text/csv; charset=utf-8", headers=named)


def _svg(content: str) -> Response:
    return Response(content, media_type="image/svg+xml")
