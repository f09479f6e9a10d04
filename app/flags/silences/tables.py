"""Silences: days on which rules do not act on an employee, a unit's employees or anybody."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, TenantTable


class Silence(TenantTable):
    """A silence. It names at least one of employee, unit and rule; `last_day` moves when ended."""

    __tablename__ = "silences"
    __table_args__ = (
        Index(None, "tenant_id", "employee_id"),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"], ["employees.tenant_id", "employees.employee_id"]
        ),
        ForeignKeyConstraint(["tenant_id", "rule_id"], ["rules.tenant_id", "rules.rule_id"]),
    )

    silence_id: Mapped[str] = mapped_column(Id, primary_key=True)
    employee_id: Mapped[str | None] = mapped_column(Id)
    unit: Mapped[str | None] = mapped_column(String(200))
    rule_id: Mapped[str | None] = mapped_column(Id)
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str] = mapped_column(String(40))
    decided_by: Mapped[str] = mapped_column(String(200))
    created_at: Mapped[datetime]
    ended_by: Mapped[str | None] = mapped_column(String(200))
    ended_at: Mapped[datetime | None]
