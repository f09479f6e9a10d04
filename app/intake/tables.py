"""Events as they were said, never changed afterwards."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, TenantTable


class Event(TenantTable):
    """An event. Its identity is (tenant, source, id); `content_hash` tells repeat from conflict."""

    __tablename__ = "events"
    __table_args__ = (
        # No foreign key: the transaction that stores an event holds the employee's row, and stores
        # the absence, whose key has one. To check it again for each event costs PostgreSQL as much
        # as storing it.
        Index(None, "tenant_id", "employee_id", "source", "absence"),
    )

    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    employee_id: Mapped[str] = mapped_column(Id)
    absence: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(20))
    occurred_at: Mapped[datetime]
    said: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]
