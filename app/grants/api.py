"""Services bought from occupational health, and the ledger of the grant for them."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Header, Query, Response
from pydantic import Field
from sqlalchemy.engine import Connection

from app.absences.policy import periods_from_json
from app.access.guards import Decides, GuardedRoute, Reads
from app.casebook import tenant_today
from app.core.context import Context, Ctx
from app.core.errors import InvalidInput
from app.core.etags import IfMatch, of_version, refuse_stale
from app.core.ids import new_id
from app.core.pages import Cut, cut
from app.core.wire import FIRST_DAY, LAST_DAY, Page
from app.grants import store
from app.grants.checks import Known, findings
from app.grants.report import report, shown
from app.grants.schemas import GrantIn, GrantOut, GrantReportOut
from app.grants.sheet import as_csv

router = APIRouter(route_class=GuardedRoute, tags=["grants"])
Year = Annotated[int, Field(ge=FIRST_DAY.year, le=LAST_DAY.year)]


@router.post("/v1/grants", status_code=201)
def create_grant(body: GrantIn, who: Decides, ctx: Ctx, response: Response) -> GrantOut:
    """Enter a service bought for an employee. What the grant does not cover is refused."""
    grant_id = new_id("grt")
    with ctx.database.write() as conn:
        values = _checked(conn, who.tenant_id, body, ctx)
        made = {"grant_id": grant_id, "created_at": values["changed_at"]}
        store.add_grant(conn, who.tenant_id, made | values)
        row = store.grant_row(conn, who.tenant_id, grant_id)
    return _grant(row, response)


@router.get("/v1/grants")
def list_grants(
    who: Reads,
    ctx: Ctx,
    cut: Annotated[Cut, Depends(cut)],
    year: Annotated[Year | None, Query(description="in which it was performed")] = None,
    employee_id: Annotated[str | None, Query(max_length=40)] = None,
    provider_id: Annotated[str | None, Query(max_length=40)] = None,
) -> Page[GrantOut]:
    """Services bought, in the order entered."""
    with ctx.database.read() as conn:
        rows, following = store.grants_page(
            conn,
            who.tenant_id,
            cut,
            year=year,
            employee_id=employee_id,
            provider_id=provider_id,
        )
    return Page(items=[shown(row) for row in rows], next_cursor=following)


@router.get("/v1/grants/{grant_id}")
def get_grant(grant_id: str, who: Reads, ctx: Ctx, response: Response) -> GrantOut:
    """One service. `ETag` names its version."""
    with ctx.database.read() as conn:
        return _grant(store.grant_row(conn, who.tenant_id, grant_id), response)


@router.put("/v1/grants/{grant_id}")
def replace_grant(
    grant_id: str,
    body: GrantIn,
    who: Decides,
    ctx: Ctx,
    response: Response,
    if_match: IfMatch = None,
) -> GrantOut:
    """Replace a service as a whole: it was paid, the report came, something was mistyped."""
    with ctx.database.write() as conn:
        row = store.grant_row(conn, who.tenant_id, grant_id, lock=True)
        refuse_stale(if_match, of_version(row.version))
        values = _checked(conn, who.tenant_id, body, ctx)
        store.change_grant(conn, who.tenant_id, grant_id, values)
        row = store.grant_row(conn, who.tenant_id, grant_id)
    return _grant(row, response)


@router.delete("/v1/grants/{grant_id}", status_code=204)
def delete_grant(grant_id: str, who: Decides, ctx: Ctx, if_match: IfMatch = None) -> None:
    """Take out a service that was entered by mistake."""
    with ctx.database.write() as conn:
        row = store.grant_row(conn, who.tenant_id, grant_id, lock=True)
        refuse_stale(if_match, of_version(row.version))
        store.remove_grant(conn, who.tenant_id, grant_id)


@router.get(
    "/v1/reports/grants",
    response_model=GrantReportOut,
    responses={200: {"content": {"text/csv": {"schema": {"type": "string"}}}}},
)
def report_grants(
    who: Reads,
    ctx: Ctx,
    year: Annotated[Year | None, Query(description="default: this year")] = None,
    format: Annotated[
        Literal["json", "csv"] | None, Query(description="default: as `Accept` prefers, or JSON")
    ] = None,
    accept: Annotated[str | None, Header(include_in_schema=False)] = None,
) -> Any:
    """The grant of a year: what its services give, what the caps leave, what the papers lack.

    Half of what was paid, to the öre, up to the caps of the regulation. Costs use up the caps in
    the order performed, paid, entered; what an unpaid service would give is reckoned after those
    paid. The CSV is for Swedish spreadsheets: semicolons, decimal commas, UTF-8.
    """
    with ctx.database.read() as conn:
        today = tenant_today(conn, who.tenant_id, ctx.now()).today
        year = year or today.year
        found = report(store.grants_of_year(conn, who.tenant_id, year), year, today)
    if format == "csv" or (format is None and _prefers_csv(accept or "")):
        named = {"Content-Disposition": f'attachment; filename="grants-{year}.csv"'}
        return Response(as_csv(found), media_type="text/csv; charset=utf-8", headers=named)
    return found


def _checked(conn: Connection, tenant_id: str, body: GrantIn, ctx: Context) -> dict[str, Any]:
    """The entry in stored form; raises InvalidInput with everything that speaks against it."""
    now = ctx.now()
    found = findings(
        body, _known(conn, tenant_id, body), today=tenant_today(conn, tenant_id, now).today
    )
    if found:
        raise InvalidInput(found)
    return body.model_dump(exclude={"amount"}) | {"ore": body.amount, "changed_at": now}


def _known(conn: Connection, tenant_id: str, body: GrantIn) -> Known:
    employment = store.employment_of(conn, tenant_id, body.employee_id)
    approval = body.provider_id and store.approval_of(conn, tenant_id, body.provider_id)
    return Known(
        None if employment is None else periods_from_json(employment),
        body.referral_id and store.employee_of_referral(conn, tenant_id, body.referral_id),
        provider=bool(approval),
        approved=approval[0] if approval else None,
    )


def _grant(row: Any, response: Response) -> GrantOut:
    response.headers["ETag"] = of_version(row.version)
    return shown(row)


def _prefers_csv(accept: str) -> bool:
    """Whether CSV is asked for, and not JSON before it."""
    media = [part.partition(";")[0].strip().lower() for part in accept.split(",")]
    wanted = [one for one in media if one in ("text/csv", "application/json", "*/*")]
    return wanted[:1] == ["text/csv"]
