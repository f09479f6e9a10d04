"""The outbox: what must be told is written in the transaction that made it true.

A message becomes one delivery for each endpoint that wants it, with its bytes fixed here.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import insert, null
from sqlalchemy.engine import Connection, Row

from app.core.ids import new_id
from app.delivery.payloads import Audience, Notice, body_of
from app.delivery.store import endpoints_of
from app.delivery.tables import Delivery, Message


def tell(conn: Connection, tenant_id: str, notices: Iterable[Notice], now: datetime) -> None:
    """Write the messages and their deliveries."""
    waiting = list(notices)
    if not waiting:
        return
    endpoints = endpoints_of(conn, tenant_id)
    for notice in waiting:
        wanted = [endpoint for endpoint in endpoints if _wants(endpoint, notice)]
        enqueue(conn, tenant_id, notice, wanted, now)


def enqueue(
    conn: Connection,
    tenant_id: str,
    notice: Notice,
    endpoints: Sequence[Row[Any]],
    now: datetime,
) -> list[str]:
    """One message to those endpoints; answers the ids of its deliveries."""
    message_id = new_id("msg")
    conn.execute(
        insert(Message).values(
            tenant_id=tenant_id,
            message_id=message_id,
            type=notice.type,
            occurred_at=now,
            provider_id=notice.provider_id,
            data=dict(notice.data),
            employer_data=null() if notice.employer is None else dict(notice.employer),
        )
    )
    rows = [
        {
            "tenant_id": tenant_id,
            "delivery_id": new_id("dlv"),
            "message_id": message_id,
            "endpoint_id": endpoint.endpoint_id,
            "unseen": notice.employer is None,
            "body": body_of(message_id, notice.type, now, notice.seen_by(_audience(endpoint))),
            "state": "pending",
            "attempts": 0,
            "next_at": now,
            "created_at": now,
        }
        for endpoint in endpoints
    ]
    if rows:
        conn.execute(insert(Delivery), rows)
    return [row["delivery_id"] for row in rows]


def _audience(endpoint: Row[Any]) -> Audience:
    return "provider" if endpoint.provider_id else "employer"


def _wants(endpoint: Row[Any], notice: Notice) -> bool:
    """A provider's endpoint gets what is addressed to it; the employer's own may have any type."""
    if endpoint.types is not None and notice.type not in endpoint.types:
        return False
    return notice.is_for(endpoint.provider_id)
