"""Series of meetings: times set aside, what is free in them, bookings, and what is changed."""

from collections.abc import Mapping, Sequence
from datetime import date, time, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from sqlalchemy.engine import Connection

from app.access.guards import Decides, GuardedRoute, Reads
from app.casebook import tenant_today
from app.core.context import Ctx
from app.core.errors import FieldError, InvalidInput
from app.core.pages import Cut, cut, cut_list
from app.core.wire import Day, Page
from app.decisions import series as decisions
from app.decisions.booking import Wish, book
from app.decisions.meetings import By
from app.meetings.schemas import MeetingOut, meeting_out
from app.meetings.series import store
from app.meetings.series.dates import Change
from app.meetings.series.schemas import (
    BookIn,
    ChangeOut,
    OccurrenceMoveIn,
    OccurrenceOut,
    SeriesEndIn,
    SeriesIn,
    SeriesKind,
    SeriesOut,
    SlotOut,
)
from app.meetings.series.slots import all_slots
from app.meetings.store import meeting_row

router = APIRouter(route_class=GuardedRoute, tags=["meetings"])
SHOWN = timedelta(days=91)
"""How much of a series is shown in one answer, at most."""


@router.post("/v1/meeting-series", status_code=201)
def create_meeting_series(body: SeriesIn, who: Decides, ctx: Ctx) -> SeriesOut:
    """Set times aside for meetings, every week or every second one.

    Swedish public holidays with their eves, and the employer's own, are left out.
    """
    values = {**body.model_dump(), "participants": body.roles}
    with ctx.database.write() as conn:
        series_id = decisions.begin_series(conn, who.tenant_id, values, ctx.now())
        return _series(conn, store.series_row(conn, who.tenant_id, series_id))


@router.get("/v1/meeting-series")
def list_meeting_series(
    who: Reads,
    ctx: Ctx,
    cut: Annotated[Cut, Depends(cut)],
    kind: SeriesKind | None = None,
    unit: Annotated[str | None, Query(max_length=200)] = None,
) -> Page[SeriesOut]:
    """The series there are, ended ones among them."""
    with ctx.database.read() as conn:
        rows, following = store.series_page(conn, who.tenant_id, cut, kind=kind, unit=unit)
        items = _several(conn, who.tenant_id, rows)
    return Page(items=items, next_cursor=following)


@router.get("/v1/meeting-series/{series_id}")
def get_meeting_series(series_id: str, who: Reads, ctx: Ctx) -> SeriesOut:
    """One series, with the occurrences that were moved or cancelled."""
    with ctx.database.read() as conn:
        return _series(conn, store.series_row(conn, who.tenant_id, series_id))


@router.get("/v1/meeting-series/{series_id}/slots")
def list_slots(
    series_id: str,
    who: Reads,
    ctx: Ctx,
    asked: Annotated[Cut, Depends(cut)],
    first: Annotated[Day | None, Query(alias="from", description="default: today")] = None,
    last: Annotated[
        Day | None, Query(alias="to", description="at most 13 weeks on; default: 13 weeks on")
    ] = None,
) -> Page[SlotOut]:
    """The slots in a span of days, full ones and past ones among them."""
    with ctx.database.read() as conn:
        tenant = tenant_today(conn, who.tenant_id, ctx.now())
        row = store.series_row(conn, who.tenant_id, series_id)
        dates = decisions.series_dates(conn, tenant, row)
        first, last = _span(first or tenant.today, last)
        taken = store.booked(conn, row, [one.day for one in dates.between(first, last)])
    found = all_slots(dates, first, last, capacity=row.capacity, taken=taken, now=tenant.now)
    items = [
        SlotOut(
            occurrence=slot.occurrence,
            slot=slot.number,
            starts_at=slot.starts_at,
            minutes=row.slot_minutes,
            free=slot.free,
        )
        for slot in found
    ]
    page, following = cut_list(items, asked)
    return Page(items=page, next_cursor=following)


def _span(first: date, last: date | None) -> tuple[date, date]:
    """The days asked for; raises InvalidInput."""
    last = last or first + SHOWN
    if last < first:
        raise InvalidInput([FieldError("#/to", "range_reversed", "It is before from.")])
    if last - first > SHOWN:
        raise InvalidInput([FieldError("#/to", "range_too_long", "Ask for 13 weeks at most.")])
    return first, last


@router.post("/v1/meeting-series/{series_id}/book", status_code=201)
def book_slot(series_id: str, body: BookIn, who: Decides, ctx: Ctx) -> MeetingOut:
    """Plan a meeting in the next free slot, or in the one that is wished for."""
    meeting = {
        "employee_id": body.employee_id,
        "referral_id": body.referral_id,
        "consent_on": body.consent.given_on if body.consent else None,
    }
    wish = Wish(body.not_before, body.occurrence, body.slot)
    with ctx.database.write() as conn:
        meeting_id = book(conn, who.tenant_id, series_id, meeting, wish, By(who.key_id), ctx.now())
        row = meeting_row(conn, who.tenant_id, meeting_id)
    return meeting_out(row, by_provider=False)


@router.post("/v1/meeting-series/{series_id}/occurrences/{day}/move")
def move_occurrence(
    series_id: str, day: Day, body: OccurrenceMoveIn, who: Decides, ctx: Ctx
) -> OccurrenceOut:
    """Move one occurrence; the meetings planned in it move along."""
    at = time.fromisoformat(body.at) if body.at else None
    with ctx.database.write() as conn:
        decisions.move_occurrence(conn, who.tenant_id, series_id, day, body.to, at, ctx.now())
        return _occurrence(conn, who.tenant_id, series_id, day, ctx)


@router.post("/v1/meeting-series/{series_id}/occurrences/{day}/cancel", responses={409: {}})
def cancel_occurrence(series_id: str, day: Day, who: Decides, ctx: Ctx) -> OccurrenceOut:
    """Cancel one occurrence, and the meetings planned in it."""
    with ctx.database.write() as conn:
        decisions.cancel_occurrence(conn, who.tenant_id, series_id, day, ctx.now())
        return _occurrence(conn, who.tenant_id, series_id, day, ctx)


@router.post("/v1/meeting-series/{series_id}/end")
def end_meeting_series(series_id: str, body: SeriesEndIn, who: Decides, ctx: Ctx) -> SeriesOut:
    """Let the series end with a day; the meetings planned in later occurrences are cancelled."""
    with ctx.database.write() as conn:
        decisions.end_series(conn, who.tenant_id, series_id, body.last_day, ctx.now())
        return _series(conn, store.series_row(conn, who.tenant_id, series_id))


def _series(conn: Connection, row: Any) -> SeriesOut:
    return _several(conn, row.tenant_id, [row])[0]


def _several(conn: Connection, tenant_id: str, rows: Sequence[Any]) -> list[SeriesOut]:
    changes = store.changes_of(conn, tenant_id, [row.series_id for row in rows])
    return [_shown(row, changes[row.series_id]) for row in rows]


def _shown(row: Any, changes: Mapping[date, Change]) -> SeriesOut:
    same = set(SeriesOut.model_fields) - {"id", "changes"}
    told = [
        ChangeOut(
            day=day,
            moved_to=change.moved_to,
            at=f"{change.moved_at:%H:%M}" if change.moved_at else None,
            cancelled=change.cancelled,
        )
        for day, change in changes.items()
    ]
    return SeriesOut(id=row.series_id, changes=told, **{name: getattr(row, name) for name in same})


def _occurrence(
    conn: Connection, tenant_id: str, series_id: str, day: date, ctx: Ctx
) -> OccurrenceOut:
    row = store.series_row(conn, tenant_id, series_id)
    dates = decisions.series_dates(conn, tenant_today(conn, tenant_id, ctx.now()), row)
    one = dates.occurrence(day)
    assert one is not None  # noqa: S101 - it was just moved or cancelled
    return OccurrenceOut(
        series_id=series_id,
        day=day,
        state=one.state,
        starts_at=one.starts_at,
        minutes=dates.length // timedelta(minutes=1),
        meetings=[meeting.meeting_id for meeting in store.planned_in(conn, row, day)],
    )
