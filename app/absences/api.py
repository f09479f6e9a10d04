"""Employees, what was said of their absences, and the groups made of them."""

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query
from pydantic import TypeAdapter

from app.absences import store
from app.absences.fold import Absence
from app.absences.schemas import (
    AbsenceOut,
    EmployeeIn,
    EmployeeOut,
    EmployeeSearch,
    EmployeesOut,
    ExtentFrom,
    GroupsOut,
    OneOrSeveral,
    View,
)
from app.access.guards import GuardedBatchRoute, GuardedRoute, Posts, Reads
from app.casebook import judged_on, open_case, tenant_today
from app.core.context import Ctx
from app.core.errors import FieldError, InvalidInput
from app.core.pages import Cut, cut
from app.core.wire import Day, Page
from app.decisions.employees import describe

MAX_ITEMS = 1000
router = APIRouter(route_class=GuardedRoute, tags=["employees"])
batches = APIRouter(route_class=GuardedBatchRoute, tags=["employees"])


@batches.put("/v1/employees")
def put_employees(
    body: Annotated[OneOrSeveral, Body()], who: Posts, ctx: Ctx
) -> EmployeeOut | EmployeesOut:
    """Create or change one employee, or up to 1,000, by employment number.

    Employment periods are given whole; whoever they change is judged anew.
    """
    listed = body if isinstance(body, list) else [body]
    if len(listed) > MAX_ITEMS:
        raise InvalidInput([FieldError("#", "too_long", "At most 1,000 employees at a time.")])
    described = {one.employee: _values(one) for one in listed}
    if len(described) < len(listed):
        detail = "One employee is named more than once; say it once."
        raise InvalidInput([FieldError("#", "duplicate_employee", detail)])
    with ctx.database.write() as conn:
        ids = describe(conn, who.tenant_id, described, ctx.now())
        rows = {n: store.employee_row(conn, who.tenant_id, ids[n]) for n in described}
    shown = [_employee(rows[one.employee]) for one in listed]
    return EmployeesOut(items=shown) if isinstance(body, list) else shown[0]


def _values(employee: EmployeeIn) -> dict[str, Any]:
    """What the sender named, in stored form."""
    named: dict[str, Any] = employee.model_dump(mode="json", exclude_unset=True)
    named.pop("employee")
    return named


@router.post("/v1/employees/search")
def search_employees(body: EmployeeSearch, who: Reads, ctx: Ctx) -> Page[EmployeeOut]:
    """Find employees by number or unit."""
    wanted: Cut = cut(body.limit, body.cursor)
    with ctx.database.read() as conn:
        rows, following = store.employees_page(
            conn, who.tenant_id, wanted, number=body.employee, unit=body.unit
        )
    return Page(items=[_employee(row) for row in rows], next_cursor=following)


@router.get("/v1/employees/{employee_id}")
def get_employee(employee_id: str, who: Reads, ctx: Ctx) -> EmployeeOut:
    """One employee."""
    with ctx.database.read() as conn:
        return _employee(store.employee_row(conn, who.tenant_id, employee_id))


@router.get("/v1/employees/{employee_id}/absences")
def get_absences(employee_id: str, who: Reads, ctx: Ctx) -> Page[AbsenceOut]:
    """Everything said of an employee's absences, and whether it counts."""
    with ctx.database.read() as conn:
        store.employee_row(conn, who.tenant_id, employee_id)
        absences = store.load_absences(conn, who.tenant_id, [employee_id])
        kinds = tenant_today(conn, who.tenant_id, ctx.now()).policy.counted_kinds
    shown = [_absence(key, folded.absence, kinds) for key, folded in absences.items()]
    return Page(items=sorted(shown, key=_by_first_day), next_cursor=None)


@router.get("/v1/employees/{employee_id}/episodes")
def get_episodes(
    employee_id: str,
    who: Reads,
    ctx: Ctx,
    view: View = "episodes",
    as_of: Annotated[Day | None, Query(description="default: today")] = None,
) -> GroupsOut:
    """Spells, sick-pay periods or episodes as they stand on a day."""
    with ctx.database.read() as conn:
        tenant = tenant_today(conn, who.tenant_id, ctx.now())
        case = open_case(conn, who.tenant_id, employee_id)
    day = judged_on(tenant, as_of)
    history = case.history(tenant.policy, day.toordinal())
    return _GROUPS.validate_python({"view": view, "as_of": day, "items": history.view(view)})


_GROUPS = TypeAdapter(GroupsOut)


def _employee(row: Any) -> EmployeeOut:
    return EmployeeOut.model_validate(
        {
            "id": row.employee_id,
            "employee": row.number,
            "unit": row.unit,
            "employment": row.employment,
        }
    )


def _absence(key: store.AbsenceKey, absence: Absence, kinds: frozenset[str]) -> AbsenceOut:
    return AbsenceOut(
        source=key[1],
        absence=key[2],
        first_day=absence.first_day,
        last_day=absence.last_day,
        kind=absence.kind,
        extent=absence.extent,
        extents=[ExtentFrom(extent_from=day, extent=percent) for day, percent in absence.extents],
        status=absence.status(kinds),
    )


def _by_first_day(shown: AbsenceOut) -> tuple[str, str, str]:
    return (shown.first_day.isoformat() if shown.first_day else "", shown.source, shown.absence)
