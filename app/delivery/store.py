"""All SQL about endpoints, deliveries and attempts."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, exists, func, insert, or_, select, tuple_, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.orm import aliased

from app.core.db import the_one
from app.core.errors import NotFound
from app.core.pages import Cut, cut_page
from app.delivery.tables import Attempt, Delivery, Endpoint, Message


def endpoints_of(conn: Connection, tenant_id: str) -> list[Row[Any]]:
    """The tenant's endpoints that are not deleted, held so until the transaction ends.

    Who deletes one waits, and then cancels what was written for it meanwhile.
    """
    rows = conn.execute(
        select(Endpoint.__table__)
        .where(Endpoint.tenant_id == tenant_id, Endpoint.deleted_at.is_(None))
        .order_by(Endpoint.endpoint_id)
        .with_for_update(read=True)
    )
    return list(rows)


def add_endpoint(conn: Connection, tenant_id: str, values: Mapping[str, Any]) -> None:
    """Store a new endpoint."""
    conn.execute(insert(Endpoint).values(tenant_id=tenant_id, **values))


def endpoint_row(conn: Connection, tenant_id: str, endpoint_id: str) -> Row[Any]:
    """One endpoint that is not deleted, held so as above; raises NotFound."""
    return the_one(
        conn,
        select(Endpoint.__table__)
        .where(Endpoint.tenant_id == tenant_id, Endpoint.endpoint_id == endpoint_id)
        .where(Endpoint.deleted_at.is_(None))
        .with_for_update(read=True),
    )


def endpoints_page(conn: Connection, tenant_id: str, cut: Cut) -> tuple[list[Row[Any]], str | None]:
    """One page of endpoints."""
    rows = select(Endpoint.__table__).where(
        Endpoint.tenant_id == tenant_id, Endpoint.deleted_at.is_(None)
    )
    return cut_page(conn, rows, Endpoint.endpoint_id, cut)


def delete_endpoint(conn: Connection, tenant_id: str, endpoint_id: str, now: datetime) -> None:
    """Send nothing more there: what still waits is cancelled; raises NotFound."""
    done = conn.execute(
        update(Endpoint)
        .where(Endpoint.tenant_id == tenant_id, Endpoint.endpoint_id == endpoint_id)
        .where(Endpoint.deleted_at.is_(None))
        .values(deleted_at=now)
    )
    if done.rowcount != 1:
        raise NotFound
    conn.execute(
        update(Delivery)
        .where(Delivery.tenant_id == tenant_id, Delivery.endpoint_id == endpoint_id)
        .where(Delivery.state == "pending")
        .values(state="cancelled", next_at=None)
    )


Lane = tuple[str, bool]
"""An endpoint, and whether it is about what the employer does not know of."""


def due_deliveries(
    conn: Connection, now: datetime, *, limit: int, busy: Collection[Lane] = ()
) -> Sequence[Any]:
    """The oldest delivery that is due in each lane that nobody is at.

    Left out are `busy` lanes, those that another process holds a lease for, and those that have
    just failed: a receiver that hangs must not take every thread again and again.
    """
    other = aliased(Delivery)
    taken = exists().where(
        other.tenant_id == Delivery.tenant_id,
        other.endpoint_id == Delivery.endpoint_id,
        other.unseen == Delivery.unseen,
        other.state == "pending",
        other.lease_until > now,
    )
    not_before = case((Delivery.unseen, Endpoint.unseen_not_before), else_=Endpoint.not_before)
    lane = tuple_(Delivery.endpoint_id, Delivery.unseen)
    return conn.execute(
        select(
            Delivery.tenant_id,
            Delivery.endpoint_id,
            Delivery.unseen,
            func.min(Delivery.delivery_id).label("delivery_id"),
        )
        .join(
            Endpoint,
            and_(
                Endpoint.tenant_id == Delivery.tenant_id,
                Endpoint.endpoint_id == Delivery.endpoint_id,
            ),
        )
        .where(*_due(now), lane.not_in(busy), ~taken)
        .where(or_(not_before.is_(None), not_before <= now))
        .group_by(Delivery.tenant_id, Delivery.endpoint_id, Delivery.unseen)
        .order_by(func.min(Delivery.next_at), Delivery.endpoint_id, Delivery.unseen)
        .limit(limit)
    ).all()


def _due(now: datetime) -> tuple[Any, ...]:
    free = or_(Delivery.lease_until.is_(None), Delivery.lease_until <= now)
    return Delivery.state == "pending", Delivery.next_at <= now, free


def hold_lane(conn: Connection, delivery: Row[Any], until: datetime | None) -> None:
    """Send nothing more in that delivery's lane until then; None: whenever something is due."""
    own = Endpoint.unseen_not_before if delivery.unseen else Endpoint.not_before
    conn.execute(
        update(Endpoint)
        .where(
            Endpoint.tenant_id == delivery.tenant_id, Endpoint.endpoint_id == delivery.endpoint_id
        )
        .where(own.is_distinct_from(until))
        .values({own: until})
    )


def lease(
    conn: Connection,
    tenant_id: str,
    delivery_id: str,
    *,
    by: str,
    now: datetime,
    until: datetime,
) -> bool:
    """Take a delivery until then; False when another process has taken it meanwhile."""
    done = conn.execute(
        update(Delivery)
        .where(Delivery.tenant_id == tenant_id, Delivery.delivery_id == delivery_id, *_due(now))
        .values(lease_by=by, lease_until=until)
    )
    return done.rowcount == 1


def leased(conn: Connection, tenant_id: str, delivery_id: str) -> Row[Any]:
    """A delivery just taken, with all that a post needs."""
    return conn.execute(
        select(Delivery.__table__, Endpoint.url, Endpoint.secret, Message.type)
        .join(
            Endpoint,
            and_(
                Endpoint.tenant_id == Delivery.tenant_id,
                Endpoint.endpoint_id == Delivery.endpoint_id,
            ),
        )
        .join(
            Message,
            and_(
                Message.tenant_id == Delivery.tenant_id,
                Message.message_id == Delivery.message_id,
            ),
        )
        .where(Delivery.tenant_id == tenant_id, Delivery.delivery_id == delivery_id)
    ).one()


def note_attempt(conn: Connection, attempt: Mapping[str, Any]) -> None:
    """Store an attempt as it ended."""
    conn.execute(insert(Attempt).values(**attempt))


def settle(conn: Connection, delivery: Row[Any], *, state: str, next_at: datetime | None) -> bool:
    """Give a delivery back after an attempt; False when the lease was lost meanwhile.

    One cancelled meanwhile stays cancelled.
    """
    mine = (
        Delivery.tenant_id == delivery.tenant_id,
        Delivery.delivery_id == delivery.delivery_id,
        Delivery.lease_by == delivery.lease_by,
    )
    conn.execute(
        update(Delivery)
        .where(*mine, Delivery.state == "pending")
        .values(state=state, next_at=next_at)
    )
    done = conn.execute(
        update(Delivery)
        .where(*mine)
        .values(attempts=delivery.attempts + 1, lease_by=None, lease_until=None)
    )
    return done.rowcount == 1


def delivery_row(conn: Connection, tenant_id: str, delivery_id: str) -> Row[Any]:
    """One delivery with its message's type; raises NotFound."""
    return the_one(
        conn,
        _deliveries().where(Delivery.tenant_id == tenant_id, Delivery.delivery_id == delivery_id),
    )


def deliveries_page(
    conn: Connection, tenant_id: str, cut: Cut, *, state: str | None, endpoint: str | None
) -> tuple[list[Row[Any]], str | None]:
    """One page of deliveries in that state and to that endpoint, where given."""
    rows = _deliveries().where(Delivery.tenant_id == tenant_id)
    if state is not None:
        rows = rows.where(Delivery.state == state)
    if endpoint is not None:
        rows = rows.where(Delivery.endpoint_id == endpoint)
    return cut_page(conn, rows, Delivery.delivery_id, cut)


def _deliveries() -> Any:
    """Deliveries that the employer may know of: not those of what is told to a provider alone.

    Their number and times would tell what happens between the employee and the provider.
    """
    return (
        select(Delivery.__table__, Message.type)
        .join(
            Message,
            and_(
                Message.tenant_id == Delivery.tenant_id, Message.message_id == Delivery.message_id
            ),
        )
        .join(
            Endpoint,
            and_(
                Endpoint.tenant_id == Delivery.tenant_id,
                Endpoint.endpoint_id == Delivery.endpoint_id,
            ),
        )
        .where(Endpoint.provider_id.is_(None) | Message.employer_data.is_not(None))
    )


def attempts_of(conn: Connection, tenant_id: str, delivery_id: str) -> Sequence[Row[Any]]:
    """Every attempt of a delivery, in order."""
    return list(
        conn.execute(
            select(Attempt.__table__)
            .where(Attempt.tenant_id == tenant_id, Attempt.delivery_id == delivery_id)
            .order_by(Attempt.number)
        )
    )
