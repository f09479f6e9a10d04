"""Employees as the employer describes them, units, and who leads a unit."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from io import BytesIO
from typing import Annotated, Any

from fastapi import APIRouter, Body, Depends, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.engine import Connection

from app.absences.store import employee_row, employees_page, members_of, rows_by_number
from app.access.guards import Administers, GuardedBatchRoute, GuardedRoute, Posts, Reads
from app.access.principal import Principal
from app.access.store import tenant_row
from app.casebook import tenant_today
from app.core.bodies import media_of, whole
from app.core.context import Context, Ctx, context_of
from app.core.db import plan_anew
from app.core.errors import FieldError, InvalidInput
from app.core.pages import Cut, cut
from app.core.wire import Handle, Key, Page, WireModel
from app.decisions.employees import describe
from app.decisions.persons import join, separate
from app.decisions.policy import judge_by_units_anew, set_deadlines_anew
from app.decisions.silences import look_at_units
from app.people import store
from app.people.forms import AS_CSV, CSV
from app.people.identity import NOT_A_NUMBER, InvalidPersonalNumber, normalised
from app.people.keep import keep_units
from app.people.roster import chunks, read_roster
from app.people.schemas import (
    EmployeeOut,
    EmployeeSearch,
    EmployeesOut,
    JoinIn,
    OneOrSeveral,
    OneUnitOrSeveral,
    RosterOut,
    UnitIn,
    UnitOut,
    UnitsOut,
)
from app.people.show import shown_employee, shown_roster, shown_units
from app.people.units import unsound

MAX_ITEMS = 1000
router = APIRouter(route_class=GuardedRoute, tags=["employees"])


class RosterRoute(GuardedBatchRoute):
    """Employees as JSON or, in a way of its own, as CSV."""

    async def take(self, request: Request, handle: Handle) -> Response:
        """The file itself tells how it is to be read."""
        if media_of(request) != CSV:
            return await super().take(request, handle)
        who: Principal = request.state.principal
        sent = await whole(request, self.max_body)
        kept = await run_in_threadpool(_put_roster, sent, who.tenant_id, context_of(request))
        return Response(kept.model_dump_json(), media_type="application/json")


batches = APIRouter(route_class=GuardedBatchRoute, tags=["employees"])
rosters = APIRouter(route_class=RosterRoute, tags=["employees"])


@rosters.put(
    "/v1/employees", response_model=EmployeeOut | EmployeesOut | RosterOut, openapi_extra=AS_CSV
)
def put_employees(
    body: Annotated[OneOrSeveral, Body()],
    who: Posts,
    ctx: Ctx,
) -> EmployeeOut | EmployeesOut:
    """Create or change one employee, or up to 1,000, by employment number; or a roster as CSV.

    Employment periods are given whole; whoever they change is judged anew. Employees with the
    same personal number are one person, judged by all their employments together.

    A roster has up to 50,000 rows, which are kept as far as they are right: the answer has a
    result for each. Empty cells say nothing. After any other answer than a 200 some of it may be
    kept; sending all of it again is safe.
    """
    listed = body if isinstance(body, list) else [body]
    described = _by_key("employee", listed)
    with ctx.database.write() as conn:
        today = tenant_today(conn, who.tenant_id, ctx.now()).today
        _normalise(described, today, several=isinstance(body, list))
        ids = describe(conn, ctx.keys, who.tenant_id, described, ctx.now())
        rows = rows_by_number(conn, who.tenant_id, ids)
        shown = _employees(conn, who.tenant_id, [rows[one.employee] for one in listed])
    return EmployeesOut(items=shown) if isinstance(body, list) else shown[0]


def _put_roster(sent: bytes, tenant_id: str, ctx: Context) -> RosterOut:
    """Keep a roster in chunks, each a transaction."""
    with ctx.database.read() as conn:
        today = tenant_today(conn, tenant_id, ctx.now()).today
    roster = read_roster(BytesIO(sent), today)
    known: set[str] = set()
    ids: dict[str, str] = {}
    for chunk in chunks(roster.employees, MAX_ITEMS):
        with ctx.database.write() as conn:
            plan_anew(conn)
            before = rows_by_number(conn, tenant_id, chunk).keys()
            ids |= describe(conn, ctx.keys, tenant_id, chunk, ctx.now())
        known |= before
    return shown_roster(roster, ids, known)


def _by_key(key: str, listed: Sequence[WireModel]) -> dict[str, dict[str, Any]]:
    """What the sender named of each, in stored form; raises InvalidInput."""
    if len(listed) > MAX_ITEMS:
        raise InvalidInput([FieldError("#", "too_long", "At most 1,000 at a time.")])
    named = [one.model_dump(mode="json", exclude_unset=True) for one in listed]
    by_key = {one.pop(key): one for one in named}
    if len(by_key) < len(listed):
        detail = f"The same {key} stands in the list more than once; say it once."
        raise InvalidInput([FieldError("#", f"duplicate_{key}", detail)])
    return by_key


def _normalise(described: Mapping[str, dict[str, Any]], today: date, *, several: bool) -> None:
    """Personal numbers with twelve digits, in place; raises InvalidInput, which names none."""
    wrong = []
    for place, values in enumerate(described.values()):
        if (number := values.get("personal_number")) is not None:
            try:
                values["personal_number"] = normalised(number, today=today)
            except InvalidPersonalNumber:
                pointer = f"#/{place}/personal_number" if several else "#/personal_number"
                wrong.append(FieldError(pointer, "invalid_personal_number", NOT_A_NUMBER))
    if wrong:
        raise InvalidInput(wrong)


@router.post("/v1/employees/search")
def search_employees(body: EmployeeSearch, who: Reads, ctx: Ctx) -> Page[EmployeeOut]:
    """Find employees by number or unit."""
    wanted: Cut = cut(body.limit, body.cursor)
    with ctx.database.read() as conn:
        rows, following = employees_page(
            conn, who.tenant_id, wanted, number=body.employee, unit=body.unit
        )
        items = _employees(conn, who.tenant_id, rows)
    return Page(items=items, next_cursor=following)


@router.get("/v1/employees/{employee_id}")
def get_employee(employee_id: str, who: Reads, ctx: Ctx) -> EmployeeOut:
    """One employee."""
    with ctx.database.read() as conn:
        row = employee_row(conn, who.tenant_id, employee_id)
        return _employees(conn, who.tenant_id, [row])[0]


def _employees(conn: Connection, tenant_id: str, rows: Sequence[Any]) -> list[EmployeeOut]:
    details = store.person_rows(conn, tenant_id, [row.employee_id for row in rows])
    together: defaultdict[str, list[str]] = defaultdict(list)
    for one in members_of(conn, tenant_id, {row.person_id for row in rows if row.person_id}):
        together[one.person].append(one.employee_id)
    return [
        shown_employee(
            row,
            details.get(row.employee_id),
            [one for one in together[row.person_id] if one != row.employee_id],
        )
        for row in rows
    ]


@router.post("/v1/employees/{employee_id}/join")
def join_employee(employee_id: str, body: JoinIn, who: Posts, ctx: Ctx) -> EmployeeOut:
    """Say that two employments are one person's, as after a change of employment number.

    From then on all of the person's employments are judged together. Nothing is moved: separate
    takes it back. Employments with the same personal number need not be joined.
    """
    with ctx.database.write() as conn:
        join(conn, who.tenant_id, employee_id, body.with_, ctx.now())
        row = employee_row(conn, who.tenant_id, employee_id)
        return _employees(conn, who.tenant_id, [row])[0]


@router.post("/v1/employees/{employee_id}/separate")
def separate_employee(employee_id: str, who: Posts, ctx: Ctx) -> EmployeeOut:
    """Take back that an employment was joined with others, who stay joined with each other.

    Each is judged by its own again. 409 `not_joined`; `same_personal_number`: correct that.
    """
    with ctx.database.write() as conn:
        separate(conn, who.tenant_id, employee_id, ctx.now())
        row = employee_row(conn, who.tenant_id, employee_id)
        return _employees(conn, who.tenant_id, [row])[0]


@batches.put("/v1/units")
def put_units(
    body: Annotated[OneUnitOrSeveral, Body()], who: Administers, ctx: Ctx
) -> UnitOut | UnitsOut:
    """Create or change one unit, or up to 1,000, by its code.

    Managers and closures are given whole. A parent is known already or stands in the same list.
    """
    listed = body if isinstance(body, list) else [body]
    named = _by_key("unit", listed)
    with ctx.database.write() as conn:
        # Two changes at once, each sound alone, could close a circle: one waits for the other.
        tenant_row(conn, who.tenant_id, lock=True)
        _refuse_unsound(conn, who.tenant_id, listed, several=isinstance(body, list))
        before = store.load_units(conn, who.tenant_id)
        keep_units(conn, ctx.keys, who.tenant_id, named, ctx.now())
        after = store.load_units(conn, who.tenant_id)
        if before.closed_differently(after):
            set_deadlines_anew(conn, who.tenant_id, ctx.now())
        if moved := before.placed_differently(after):
            judge_by_units_anew(conn, who.tenant_id, ctx.now())
            look_at_units(conn, who.tenant_id, moved, ctx.now())
        rows = store.unit_rows(conn, who.tenant_id, named)
        shown = shown_units(conn, ctx.keys, who.tenant_id, [rows[one.unit] for one in listed])
    return UnitsOut(items=shown) if isinstance(body, list) else shown[0]


def _refuse_unsound(
    conn: Connection, tenant_id: str, listed: Sequence[UnitIn], *, several: bool
) -> None:
    parents = store.parents_of(conn, tenant_id)
    for one in listed:
        kept = parents.get(one.unit)
        parents[one.unit] = one.parent if "parent" in one.model_fields_set else kept
    wrong = unsound(parents, [one.unit for one in listed])
    errors = [
        FieldError(f"#/{place}/parent" if several else "#/parent", code, UNSOUND[code])
        for place, one in enumerate(listed)
        if (code := wrong.get(one.unit))
    ]
    if errors:
        raise InvalidInput(errors)


UNSOUND = {
    "unknown_parent": "The parent is neither known nor in the same list.",
    "parent_cycle": "A unit cannot be above itself.",
}


@router.get("/v1/units")
def list_units(
    who: Reads,
    ctx: Ctx,
    cut: Annotated[Cut, Depends(cut)],
    unit: Annotated[Key | None, Query(description="the one of that code")] = None,
) -> Page[UnitOut]:
    """The units, in the order in which they were made."""
    with ctx.database.read() as conn:
        rows, following = store.units_page(conn, who.tenant_id, cut, unit=unit)
        items = shown_units(conn, ctx.keys, who.tenant_id, rows)
    return Page(items=items, next_cursor=following)
