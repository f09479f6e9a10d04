"""E-mail on its way: that something waits, never what or whom it concerns."""

from datetime import datetime

from sqlalchemy import Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, TenantTable


class Mail(TenantTable):
    """A mail to a manager or to HR. The address is looked up when it is sent, not kept here.

    `recipient`: `manager:<id>`, `hr:<unit>` or `hr`. One mail a recipient and `slot` (the time it
    goes out): what comes until then is counted in.
    """

    __tablename__ = "mails"
    __table_args__ = (
        UniqueConstraint("tenant_id", "recipient", "slot"),
        Index(None, "state", "next_at"),
    )

    mail_id: Mapped[str] = mapped_column(Id, primary_key=True)
    recipient: Mapped[str] = mapped_column(String(220))
    slot: Mapped[datetime]
    waiting: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int]
    next_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    lease_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]
