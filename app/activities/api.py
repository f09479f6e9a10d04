"""Trainings and work-group dialogues: planned, held or cancelled, some of them every year."""

from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Response
from sqlalchemy.engine import Connection

from app.access.guards import Decides, GuardedRoute, Reads
from app.access.principal import Principal
from app.activities import store
from app.activities.moves import Call, State, a_year_after, allowed_calls, next_state
from app.activities.schemas import ActivityIn, ActivityKind, ActivityOut, CancelIn, HoldIn
from app.casebook import tenant_today
from app.core.context import Ctx
from app.core.errors import FieldError, InvalidInput
from app.core.etags import IfMatch, of_content, refuse_stale
from app.core.ids import new_id
from app.core.pages import Cut, cut
from app.core.wire import FURTHEST, Day, Page
from app.decisions.refusals import InvalidTransition

router = APIRouter(route_class=GuardedRoute, tags=["activities"])
_SAME = ("kind", "topic", "audience", "unit", "yearly")
"""What a yearly activity hands on to the next."""


@router.post("/v1/activities", status_code=201)
def create_activity(body: ActivityIn, who: Decides, ctx: Ctx, response: Response) -> ActivityOut:
    """Plan a training or a dialogue."""
    now = ctx.now()
    with ctx.database.write() as conn:
        _check_planned(body, tenant_today(conn, who.tenant_id, now).today)
        activity_id = _plan(conn, who.tenant_id, body.model_dump(), now)
        row = store.activity_row(conn, who.tenant_id, activity_id)
    return _activity(row, response)


@router.get("/v1/activities")
def list_activities(
    who: Reads,
    ctx: Ctx,
    cut: Annotated[Cut, Depends(cut)],
    kind: ActivityKind | None = None,
    unit: Annotated[str | None, Query(max_length=200)] = None,
    state: State | None = None,
    first_day: Annotated[
        Day | None, Query(alias="from", description="held, or else planned, on that day or later")
    ] = None,
    last_day: Annotated[Day | None, Query(alias="to", description="or earlier")] = None,
) -> Page[ActivityOut]:
    """Trainings and dialogues, in the order entered."""
    if first_day and last_day and last_day < first_day:
        raise InvalidInput(
            [FieldError("#/to", "range_reversed", "The range ends before it begins.")]
        )
    wanted = store.Wanted(kind, unit, state, first_day, last_day)
    with ctx.database.read() as conn:
        rows, following = store.activities_page(conn, who.tenant_id, cut, wanted)
    return Page(items=[_shown(row) for row in rows], next_cursor=following)


@router.get("/v1/activities/{activity_id}")
def get_activity(activity_id: str, who: Reads, ctx: Ctx, response: Response) -> ActivityOut:
    """One of them. `ETag` names it as it stands."""
    with ctx.database.read() as conn:
        return _activity(store.activity_row(conn, who.tenant_id, activity_id), response)


@router.put("/v1/activities/{activity_id}")
def replace_activity(
    activity_id: str,
    body: ActivityIn,
    who: Decides,
    ctx: Ctx,
    response: Response,
    if_match: IfMatch = None,
) -> ActivityOut:
    """Plan it otherwise, as long as it is planned."""
    now = ctx.now()
    with ctx.database.write() as conn:
        row = store.activity_row(conn, who.tenant_id, activity_id, lock=True)
        refuse_stale(if_match, _etag(row))
        if row.state != "planned":
            raise InvalidTransition(allowed=allowed_calls(row.state))
        _check_planned(body, tenant_today(conn, who.tenant_id, now).today)
        values = {**body.model_dump(), "changed_at": now}
        store.change_activity(conn, who.tenant_id, activity_id, values)
        row = store.activity_row(conn, who.tenant_id, activity_id)
    return _activity(row, response)


@router.post("/v1/activities/{activity_id}/hold")
def hold_activity(
    activity_id: str, body: HoldIn, who: Decides, ctx: Ctx, response: Response
) -> ActivityOut:
    """Record that it was held. A yearly one plans the next, a year after the day it was held."""
    held = {"held_on": body.held_on, "attended": body.attended}
    return _move(who, activity_id, "hold", held, ctx, response)


@router.post("/v1/activities/{activity_id}/cancel")
def cancel_activity(
    activity_id: str, who: Decides, ctx: Ctx, response: Response, body: CancelIn | None = None
) -> ActivityOut:
    """It is not to be held. A body is not needed."""
    del body
    return _move(who, activity_id, "cancel", {}, ctx, response)


def _move(
    who: Principal,
    activity_id: str,
    call: Call,
    values: dict[str, Any],
    ctx: Ctx,
    response: Response,
) -> ActivityOut:
    now = ctx.now()
    with ctx.database.write() as conn:
        row = store.activity_row(conn, who.tenant_id, activity_id, lock=True)
        target = next_state(call, row.state)
        if target is None:
            raise InvalidTransition(allowed=allowed_calls(row.state))
        if target != row.state:
            _check_held(values, tenant_today(conn, who.tenant_id, now).today)
            moved = {**values, "state": target, "changed_at": now}
            store.change_activity(conn, who.tenant_id, activity_id, moved)
            if target == "held" and row.yearly:
                _plan_next(conn, who.tenant_id, row, values["held_on"], now)
        row = store.activity_row(conn, who.tenant_id, activity_id)
    return _activity(row, response)


def _plan(conn: Connection, tenant_id: str, values: dict[str, Any], now: datetime) -> str:
    activity_id = new_id("act")
    born = {"activity_id": activity_id, "state": "planned", "created_at": now, "changed_at": now}
    store.add_activity(conn, tenant_id, {**values, **born})
    return activity_id


def _plan_next(conn: Connection, tenant_id: str, row: Any, held_on: date, now: datetime) -> None:
    same = {name: getattr(row, name) for name in _SAME}
    when = {"planned_on": a_year_after(held_on), "follows": row.activity_id}
    _plan(conn, tenant_id, {**same, **when}, now)


def _check_planned(body: ActivityIn, today: date) -> None:
    if body.planned_on > today + FURTHEST:
        detail = "At most two years from now."
        raise InvalidInput([FieldError("#/planned_on", "date_out_of_range", detail)])


def _check_held(values: dict[str, Any], today: date) -> None:
    if "held_on" in values and values["held_on"] > today:
        detail = "It cannot have been held on a day to come."
        raise InvalidInput([FieldError("#/held_on", "date_in_future", detail)])


def _activity(row: Any, response: Response) -> ActivityOut:
    response.headers["ETag"] = _etag(row)
    return _shown(row)


def _shown(row: Any) -> ActivityOut:
    names = ("state", "planned_on", "held_on", "attended", "follows", "followed_by")
    return ActivityOut(
        id=row.activity_id,
        allowed=allowed_calls(row.state),
        **{name: getattr(row, name) for name in (*_SAME, *names, "created_at", "changed_at")},
    )


def _etag(row: Any) -> str:
    more = ("state", "planned_on", "held_on", "attended")
    return of_content([getattr(row, name) for name in (*_SAME, *more)])
