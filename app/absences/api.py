"""What was said of an employee's absences, and the groups made of them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import TypeAdapter

from app.absences import store
from app.absences.fold import Absence
from app.absences.folded.store import AbsenceKey, load_absences
from app.absences.schemas import (
    AbsenceOut,
    ExtentFrom,
    GroupsOut,
    View,
)
from app.access.guards import GuardedRoute, Reads
from app.casebook import judged_on, open_case, tenant_today
from app.core.context import Ctx
from app.core.pages import Cut, cut, cut_list
from app.core.wire import Day, Page

router = APIRouter(route_class=GuardedRoute, tags=["employees"])


@router.get("/v1/employees/{employee_id}/absences")
def get_absences(
    employee_id: str, who: Reads, ctx: Ctx, asked: Annotated[Cut, Depends(cut)]
) -> Page[AbsenceOut]:
    """Everything said of an employee's absences, and whether it counts."""
    with ctx.database.read() as conn:
        store.employee_row(conn, who.tenant_id, employee_id)
        absences = load_absences(conn, who.tenant_id, [employee_id])
        kinds = tenant_today(conn, who.tenant_id, ctx.now()).policy.counted_kinds
    shown = [_absence(key, folded.absence, kinds) for key, folded in absences.items()]
    items, following = cut_list(sorted(shown, key=_by_first_day), asked)
    return Page(items=items, next_cursor=following)


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


def _absence(key: AbsenceKey, absence: Absence, kinds: frozenset[str]) -> AbsenceOut:
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
