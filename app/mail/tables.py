"""E-mail on its way: that something waits, never what or whom it concerns."""

from datetime import datetime

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, TenantTable


class Mail(TenantTable):
    """A mail to a manager or to HR. The address is looked up when it is sent, not kept here.

    `recipient`: `manager:<id>`, `hr:<unit>` or `hr`. `slot`: when it may go out; all that waits
    for a recipient then goes out as one mail. `waiting` counts what waits, and `again` how much of
    it was told before. States: `pending`, `sent`, `failed`, `expired`.
    """

    __tablename__ = "mails"
    __table_args__ = (Index(None, "state", "next_at"),)

    mail_id: Mapped[str] = mapped_column(Id, primary_key=True)
    recipient: Mapped[str] = mapped_column(String(220))
    slot: Mapped[datetime]
    waiting: Mapped[int]
    again: Mapped[int]
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int]
    next_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    lease_by: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]
