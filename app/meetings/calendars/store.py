"""All SQL about calendar feeds, and about the meetings that a manager's calendar shows."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.engine import Connection, Row

from app.absences.tables import Employee
from app.core.errors import NotFound
from app.core.pages import Cut, cut_page
from app.meetings.calendars.addresses import digest, same, tenant_of
from app.meetings.tables import Feed, Meeting


def add_feed(conn: Connection, tenant_id: str, secret: str, values: Mapping[str, Any]) -> None:
    """Store what is kept of a new feed."""
    conn.execute(insert(Feed).values(tenant_id=tenant_id, digest=digest(secret), **values))


def feeds_page(conn: Connection, tenant_id: str, cut: Cut) -> tuple[list[Row[Any]], str | None]:
    """One page of the feeds that are not revoked."""
    rows = select(Feed.__table__).where(Feed.tenant_id == tenant_id, Feed.revoked_at.is_(None))
    return cut_page(conn, rows, Feed.feed_id, cut)


def revoke_feed(conn: Connection, tenant_id: str, feed_id: str, now: datetime) -> None:
    """Let an address show nothing from now on; raises NotFound."""
    done = conn.execute(
        update(Feed)
        .where(Feed.tenant_id == tenant_id, Feed.feed_id == feed_id, Feed.revoked_at.is_(None))
        .values(revoked_at=now)
    )
    if done.rowcount != 1:
        raise NotFound


def feed_of(conn: Connection, secret: str) -> Row[Any]:
    """The feed of a secret; raises NotFound, whether it never was one or is revoked."""
    tenant_id = tenant_of(secret)
    if tenant_id is None:
        raise NotFound
    own = select(Feed.__table__).where(
        Feed.tenant_id == tenant_id, Feed.digest == digest(secret), Feed.revoked_at.is_(None)
    )
    row = conn.execute(own).one_or_none()
    if row is None or not same(row.digest, secret):
        raise NotFound
    return row


def meetings_of_units(
    conn: Connection, tenant_id: str, units: Collection[str], since: datetime
) -> list[Row[Any]]:
    """The meetings with a manager in them, from `since` on, of the employees of those units.

    Health talks (hälsosamtal) are the provider's secret and never among them.
    """
    rows = conn.execute(
        select(Meeting.__table__)
        .join(
            Employee,
            (Employee.tenant_id == Meeting.tenant_id)
            & (Employee.employee_id == Meeting.employee_id),
        )
        .where(Meeting.tenant_id == tenant_id, Employee.unit.in_(units))
        .where(Meeting.kind != "health_talk", Meeting.starts_at >= since)
        .order_by(Meeting.starts_at, Meeting.meeting_id)
    )
    return [row for row in rows if "manager" in row.participants]
