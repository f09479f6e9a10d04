"""Feeds that have fallen silent, and those that are back: each told once, to the employer alone."""

from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.workdays import Workdays
from app.casebook import Tenant, tenant_today
from app.delivery.outbox import tell
from app.delivery.payloads import Notice
from app.feeds.rhythm import Feed, SendingDays, Told, rhythm_of, to_tell
from app.feeds.store import feeds_to_look_at, judged


def sending_days(tenant: Tenant) -> SendingDays:
    """The days a source of the tenant may be expected to send: not while every unit is closed."""
    closures = tenant.units().closed_everywhere()
    return SendingDays(Workdays(tenant.policy.holidays, closures))


def tell_of_feeds(conn: Connection, tenant_id: str, limit: int, now: datetime) -> int:
    """Judge some feeds that were not judged today; answers how many.

    What was told stands in the feed's row, so a tick that was missed loses nothing and one that
    comes twice tells nothing twice.
    """
    tenant = tenant_today(conn, tenant_id, now)
    waiting = feeds_to_look_at(conn, tenant_id, tenant.today, limit, lock=True)
    sending = sending_days(tenant)
    for feed in waiting:
        told = to_tell(feed, tenant.today.toordinal(), sending)
        _keep(conn, tenant, feed, told, sending)
    return len(waiting)


def _keep(
    conn: Connection, tenant: Tenant, feed: Feed, told: Told | None, sending: SendingDays
) -> None:
    usual = feed.usual_interval
    since = date.fromordinal(feed.silent_since) if feed.silent_since else None
    looked_on: date | None = tenant.today
    if told == "silent":
        rhythm = rhythm_of(feed.days, sending)
        usual, since = rhythm.usual if rhythm else None, tenant.today
    elif told == "back":
        # Looked at once more: it may have come back and gone again while nobody looked.
        since, looked_on = None, None
    if told is not None:
        tell(conn, tenant.tenant_id, [_notice(feed, told, usual)], tenant.now)
    judged(
        conn,
        tenant.tenant_id,
        feed,
        silent_since=since,
        usual_interval=usual if since else None,
        looked_on=looked_on,
    )


def _notice(feed: Feed, state: Told, usual: int | None) -> Notice:
    data: dict[str, Any] = {
        "source": feed.source,
        "state": state,
        "last_heard_at": feed.last_heard_at.isoformat().replace("+00:00", "Z"),
        "usual_interval_workdays": usual,
        "link": "/v1/data-quality",
    }
    return Notice("feed.silent", data, data)
