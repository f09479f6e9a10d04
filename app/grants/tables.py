"""Services bought from occupational health, for the grant that pays half (förordning 2014:67)."""

from datetime import date, datetime

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, Json, TenantTable


class Grant(TenantTable):
    """One service for one employee. `ore`: what it cost, in öre. `invoice_shows`: codes."""

    __tablename__ = "grants"
    __table_args__ = (
        Index(None, "tenant_id", "performed_on"),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"], ["employees.tenant_id", "employees.employee_id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "referral_id"], ["referrals.tenant_id", "referrals.referral_id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "provider_id"], ["providers.tenant_id", "providers.provider_id"]
        ),
    )

    grant_id: Mapped[str] = mapped_column(Id, primary_key=True)
    employee_id: Mapped[str] = mapped_column(Id)
    referral_id: Mapped[str | None] = mapped_column(Id)
    provider_id: Mapped[str | None] = mapped_column(Id)
    kind: Mapped[str] = mapped_column(String(40))
    ore: Mapped[int] = mapped_column(BigInteger)
    performed_on: Mapped[date]
    paid_on: Mapped[date | None]
    provider_report_on: Mapped[date | None]
    invoice_shows: Mapped[list[str]] = mapped_column(Json)
    version: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
