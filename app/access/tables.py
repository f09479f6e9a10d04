"""Tenants (employers) and the keys their systems hold."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, Json, TenantTable


class Tenant(TenantTable):
    """An employer. `version` counts changes of the settings, for If-Match."""

    __tablename__ = "tenants"

    name: Mapped[str] = mapped_column(String(200))
    settings: Mapped[dict[str, Any]]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class ApiKey(TenantTable):
    """A credential: only a digest of its secret is kept. Revoked keys stay, for the record."""

    __tablename__ = "api_keys"

    key_id: Mapped[str] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(200))
    scopes: Mapped[list[str]] = mapped_column(Json)
    provider_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class KeptAnswer(TenantTable):
    """What was answered to a request with an Idempotency-Key, without what is shown once.

    Of the key only a digest is kept, of the request a fingerprint that takes the key to compute.
    """

    __tablename__ = "idempotency_keys"
    __table_args__ = (Index(None, "tenant_id", "expires_at"),)

    key_id: Mapped[str] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(String(64))
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    etag: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
