"""Webhook endpoints, messages told, deliveries of a message to an endpoint, and every attempt."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, LargeBinary, String, false
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, Json, TenantTable


class Endpoint(TenantTable):
    """Where webhooks go. Without a provider it is the employer's own. Deleted ones stay.

    `not_before`: after an attempt that failed, nothing is sent there until then;
    `unseen_not_before`: the same for what the employer does not know of.
    """

    __tablename__ = "webhook_endpoints"

    endpoint_id: Mapped[str] = mapped_column(Id, primary_key=True)
    provider_id: Mapped[str | None] = mapped_column(Id)
    url: Mapped[str] = mapped_column(String(2000))
    types: Mapped[list[str] | None] = mapped_column(Json)
    secret: Mapped[str] = mapped_column(String(400))
    created_at: Mapped[datetime]
    deleted_at: Mapped[datetime | None]
    not_before: Mapped[datetime | None]
    unseen_not_before: Mapped[datetime | None]


class Message(TenantTable):
    """Something that was told, written in the transaction that made it true.

    `employer_data`: what of it the employer may see; null: nothing, not even that it was told.
    """

    __tablename__ = "messages"

    message_id: Mapped[str] = mapped_column(Id, primary_key=True)
    type: Mapped[str] = mapped_column(String(40))
    occurred_at: Mapped[datetime]
    provider_id: Mapped[str | None] = mapped_column(Id)
    data: Mapped[dict[str, Any]]
    employer_data: Mapped[dict[str, Any] | None] = mapped_column(Json)


class Delivery(TenantTable):
    """A message on its way to an endpoint: the exact bytes, and when to try next.

    `lease_until` with `lease_by` says who is at it; past that time anybody may take it again.
    `unseen`: the employer is not told of it, and nothing that it is told waits for it.
    """

    __tablename__ = "deliveries"
    __table_args__ = (
        Index(None, "state", "next_at"),
        Index(None, "tenant_id", "endpoint_id"),
        ForeignKeyConstraint(
            ["tenant_id", "message_id"], ["messages.tenant_id", "messages.message_id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "endpoint_id"],
            ["webhook_endpoints.tenant_id", "webhook_endpoints.endpoint_id"],
        ),
    )

    delivery_id: Mapped[str] = mapped_column(Id, primary_key=True)
    message_id: Mapped[str] = mapped_column(Id)
    endpoint_id: Mapped[str] = mapped_column(Id)
    body: Mapped[bytes] = mapped_column(LargeBinary)
    unseen: Mapped[bool] = mapped_column(server_default=false())
    state: Mapped[str] = mapped_column(String(20))
    attempts: Mapped[int]
    next_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    lease_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]


class Attempt(TenantTable):
    """One attempt, as it ended. What the receiver said is not kept, only its status."""

    __tablename__ = "delivery_attempts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "delivery_id"], ["deliveries.tenant_id", "deliveries.delivery_id"]
        ),
    )

    delivery_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    duration_ms: Mapped[int]
    status: Mapped[int | None]
    outcome: Mapped[str] = mapped_column(String(40))
    next_at: Mapped[datetime | None]
