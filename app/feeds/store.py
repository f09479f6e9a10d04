"""All SQL about feeds."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, bindparam, or_, select, update
from sqlalchemy.engine import Connection, Row

from app.access.store import tenant_settings
from app.core.clock import local_date
from app.core.db import insert_new, table
from app.core.sets import among, listed
from app.feeds.rhythm import REMEMBERED_DAYS, Feed
from app.feeds.tables import Feed as FeedRow

_QUARTER = timedelta(minutes=15)
_HEARD = select(FeedRow.source, FeedRow.last_heard_at).where(
    FeedRow.tenant_id == bindparam("tenant"), among("sources", FeedRow.source)
)


def note_heard(conn: Connection, tenant_id: str, sources: Iterable[str], now: datetime) -> None:
    """Remember that something of these sources has arrived.

    One look by key; something is written once a quarter of an hour at most. Every time zone's
    midnight is the beginning of one, so no day is missed. To be called before any employee is
    locked, and of each tenant once, so that two processes never wait for each other in a circle.
    """
    wanted = sorted(set(sources))
    if not wanted:
        return
    rows = conn.execute(_HEARD, {"tenant": tenant_id, "sources": listed(wanted)})
    known = {row.source: row.last_heard_at for row in rows}
    quarter = now - timedelta(seconds=now.timestamp() % _QUARTER.total_seconds())
    fresh = [source for source in wanted if source not in known]
    stale = [source for source in wanted if source in known and known[source] < quarter]
    if fresh or stale:
        today = local_date(now, tenant_settings(conn, tenant_id).time_zone)
        _begin(conn, tenant_id, fresh, today, now)
        _go_on(conn, tenant_id, stale, today, now)


def _begin(
    conn: Connection, tenant_id: str, sources: list[str], today: date, now: datetime
) -> None:
    """Sources heard for the first time; what another process has begun meanwhile stays."""
    rows = [
        {
            "tenant_id": tenant_id,
            "source": source,
            "first_heard_at": now,
            "last_heard_at": now,
            "heard_on": today,
            "days": [today.isoformat()],
        }
        for source in sources
    ]
    if rows:
        conn.execute(insert_new(conn, FeedRow), rows)


def _go_on(
    conn: Connection, tenant_id: str, sources: list[str], today: date, now: datetime
) -> None:
    if not sources:
        return
    oldest = (today - timedelta(days=REMEMBERED_DAYS)).isoformat()
    rows = _locked(conn, tenant_id, FeedRow.source.in_(sources))
    changes = [
        {
            "key": row.source,
            "now": now,
            "today": max(today, row.heard_on),
            "days": sorted({day for day in row.days if day >= oldest} | {today.isoformat()}),
        }
        for row in rows
    ]
    feeds = table(FeedRow)
    conn.execute(
        update(feeds)
        .where(feeds.c.tenant_id == tenant_id, feeds.c.source == bindparam("key"))
        .values(
            last_heard_at=bindparam("now"), heard_on=bindparam("today"), days=bindparam("days")
        ),
        changes,
    )


def feeds_of(conn: Connection, tenant_id: str) -> list[Feed]:
    """Every feed of a tenant, by source."""
    rows = conn.execute(
        select(FeedRow.__table__).where(FeedRow.tenant_id == tenant_id).order_by(FeedRow.source)
    )
    return [_feed(row) for row in rows]


def feeds_to_look_at(
    conn: Connection, tenant_id: str, today: date, limit: int, *, lock: bool
) -> list[Feed]:
    """Some feeds that were not judged today yet, or that are heard again after a silence."""
    wanted = or_(
        FeedRow.looked_on.is_(None),
        FeedRow.looked_on < today,
        FeedRow.heard_on >= FeedRow.silent_since,
    )
    if lock:
        return [_feed(row) for row in _locked(conn, tenant_id, wanted, limit)]
    rows = select(FeedRow.__table__).where(FeedRow.tenant_id == tenant_id, wanted).limit(limit)
    return [_feed(row) for row in conn.execute(rows)]


def judged(
    conn: Connection,
    tenant_id: str,
    feed: Feed,
    *,
    silent_since: date | None,
    usual_interval: int | None,
    looked_on: date | None,
) -> None:
    """Keep what was found of a feed; without `looked_on` it is looked at again."""
    conn.execute(
        update(FeedRow)
        .where(FeedRow.tenant_id == tenant_id, FeedRow.source == feed.source)
        .values(silent_since=silent_since, usual_interval=usual_interval, looked_on=looked_on)
    )


def _locked(
    conn: Connection, tenant_id: str, which: ColumnElement[bool], limit: int | None = None
) -> list[Row[Any]]:
    return list(
        conn.execute(
            select(FeedRow.__table__)
            .where(FeedRow.tenant_id == tenant_id, which)
            .order_by(FeedRow.source)
            .limit(limit)
            .with_for_update()
        )
    )


def _feed(row: Row[Any]) -> Feed:
    return Feed(
        row.source,
        row.first_heard_at,
        row.last_heard_at,
        tuple(date.fromisoformat(day).toordinal() for day in row.days),
        row.silent_since.toordinal() if row.silent_since else None,
        row.usual_interval,
    )
