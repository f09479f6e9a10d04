"""Calendars of meetings and series, and the secret addresses under which programs read them."""

from datetime import timedelta
from email.utils import parseaddr
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from sqlalchemy.engine import Connection

from app.access.guards import Decides, GuardedRoute, Reads
from app.casebook import Tenant, tenant_today
from app.core.context import Ctx
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.pages import Cut, cut
from app.core.wire import FURTHEST, Page, StrictRoute
from app.decisions.series import series_dates
from app.meetings.calendars import store
from app.meetings.calendars.addresses import make_secret, path_of
from app.meetings.calendars.ics import Entry, Setting, meetings_feed, one_meeting, series_feed
from app.meetings.calendars.schemas import (
    CALENDAR,
    CalendarAnswer,
    FeedIn,
    FeedOut,
    NewFeedOut,
)
from app.meetings.series.store import series_row
from app.meetings.store import seen_meeting_row
from app.people.store import load_units, managers_of

router = APIRouter(route_class=GuardedRoute, tags=["meetings"])
addresses = APIRouter(route_class=StrictRoute, tags=["meetings"])
LOOK_BACK = timedelta(days=90)
"""How long a meeting that is over stays in a manager's calendar."""


@router.get(
    "/v1/meeting-series/{series_id}/calendar.ics",
    response_class=CalendarAnswer,
    responses=CALENDAR,
)
def get_series_calendar(series_id: str, who: Reads, ctx: Ctx) -> CalendarAnswer:
    """The times of a series, as one rule with the occurrences that were moved or cancelled."""
    with ctx.database.read() as conn:
        tenant = tenant_today(conn, who.tenant_id, ctx.now())
        return CalendarAnswer(_of_series(conn, tenant, series_id, ctx))


@router.get(
    "/v1/meetings/{meeting_id}/calendar.ics",
    response_class=CalendarAnswer,
    responses=CALENDAR,
)
def get_meeting_calendar(meeting_id: str, who: Reads, ctx: Ctx) -> CalendarAnswer:
    """One meeting, to put into a calendar; once cancelled, to take it out again."""
    with ctx.database.read() as conn:
        tenant = tenant_today(conn, who.tenant_id, ctx.now())
        row = seen_meeting_row(conn, who.tenant_id, meeting_id, provider_id=None)
    return CalendarAnswer(one_meeting(_entry(row), _setting(tenant, ctx)))


@router.post("/v1/calendar-feeds", status_code=201)
def create_calendar_feed(body: FeedIn, who: Decides, ctx: Ctx) -> NewFeedOut:
    """Make a secret address for a calendar program. It is in this answer and nowhere else."""
    secret = make_secret(who.tenant_id)
    values = {"feed_id": new_id("cal"), "created_at": ctx.now(), **body.model_dump()}
    with ctx.database.write() as conn:
        if body.series_id is not None:
            series_row(conn, who.tenant_id, body.series_id)
        elif not _is_manager(conn, who.tenant_id, body.manager_id):
            raise NotFound
        store.add_feed(conn, who.tenant_id, secret, values)
    return NewFeedOut(address=path_of(secret), **_shown(values))


def _is_manager(conn: Connection, tenant_id: str, manager_id: str | None) -> bool:
    everybody = managers_of(conn, tenant_id, None).values()
    return any(one.manager_id == manager_id for managers in everybody for one in managers)


@router.get("/v1/calendar-feeds")
def list_calendar_feeds(who: Reads, ctx: Ctx, cut: Annotated[Cut, Depends(cut)]) -> Page[FeedOut]:
    """The feeds that are not revoked, without their addresses."""
    with ctx.database.read() as conn:
        rows, following = store.feeds_page(conn, who.tenant_id, cut)
    items = [FeedOut(**_shown(row._asdict())) for row in rows]
    return Page(items=items, next_cursor=following)


@router.delete("/v1/calendar-feeds/{feed_id}", status_code=204)
def revoke_calendar_feed(feed_id: str, who: Decides, ctx: Ctx) -> None:
    """Let the address show nothing from the next request on."""
    with ctx.database.write() as conn:
        store.revoke_feed(conn, who.tenant_id, feed_id, ctx.now())


@addresses.get(
    "/calendars/{secret}.ics",
    response_class=CalendarAnswer,
    responses={**CALENDAR, 404: {}, 503: {}},
)
def read_calendar(secret: str, ctx: Ctx) -> CalendarAnswer:
    """The calendar of a secret address. No key is needed: the address is the secret.

    A wrong address and a revoked one give the same 404.
    """
    with ctx.database.read() as conn:
        feed = store.feed_of(conn, secret)
        tenant = tenant_today(conn, feed.tenant_id, ctx.now())
        if feed.series_id is not None:
            return CalendarAnswer(_of_series(conn, tenant, feed.series_id, ctx))
        return CalendarAnswer(_of_manager(conn, tenant, feed.manager_id, ctx))


def _of_series(conn: Connection, tenant: Tenant, series_id: str, ctx: Ctx) -> bytes:
    row = series_row(conn, tenant.tenant_id, series_id)
    return series_feed(
        series_id,
        series_dates(conn, tenant, row),
        _setting(tenant, ctx),
        sequence=row.sequence,
        changed_at=row.changed_at,
        through=tenant.today + FURTHEST,
    )


def _of_manager(conn: Connection, tenant: Tenant, manager_id: str, ctx: Ctx) -> bytes:
    """The meetings of those whom the manager leads today; whoever leads nobody sees none."""
    units = load_units(conn, tenant.tenant_id).units_led_by(manager_id, tenant.today)
    since = tenant.now - LOOK_BACK
    rows = store.meetings_of_units(conn, tenant.tenant_id, units, since)
    return meetings_feed([_entry(row) for row in rows], _setting(tenant, ctx))


def _entry(row: Any) -> Entry:
    return Entry(
        id=row.meeting_id,
        starts_at=row.starts_at,
        minutes=row.minutes,
        sequence=row.sequence,
        cancelled=row.state == "cancelled",
        changed_at=row.changed_at,
    )


def _setting(tenant: Tenant, ctx: Ctx) -> Setting:
    organizer = parseaddr(ctx.settings.mail_from)[1] or ctx.settings.mail_from
    settings = tenant.settings
    return Setting(settings.time_zone, settings.mail.language, organizer, tenant.now)


def _shown(values: dict[str, Any]) -> dict[str, Any]:
    names = ("series_id", "manager_id", "created_at")
    return {"id": values["feed_id"], **{name: values[name] for name in names}}
