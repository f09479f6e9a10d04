"""Flags, and the exemptions that keep rules from acting on somebody."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, Json, TenantTable


class Flag(TenantTable):
    """A flag. `evidence`: the days its judgement looked at, as [first, last] runs.

    `rung`: which one of a ladder raised it; 1 of a rule that is none.
    """

    __tablename__ = "flags"
    __table_args__ = (
        Index(None, "tenant_id", "employee_id"),
        Index(None, "tenant_id", "state"),
        Index(None, "tenant_id", "referral_id"),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"], ["employees.tenant_id", "employees.employee_id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "rule_id", "version"],
            ["rule_versions.tenant_id", "rule_versions.rule_id", "rule_versions.version"],
        ),
    )

    flag_id: Mapped[str] = mapped_column(Id, primary_key=True)
    employee_id: Mapped[str] = mapped_column(Id)
    rule_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int]
    on: Mapped[date]
    evidence: Mapped[list[list[Any]]] = mapped_column(Json)
    state: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(40))
    referral_id: Mapped[str | None] = mapped_column(Id)
    decided_by: Mapped[str | None] = mapped_column(String(200))
    decided_on: Mapped[date | None]
    employee_informed_on: Mapped[date | None]
    proposed_by: Mapped[str | None] = mapped_column(String(200))
    remind_on: Mapped[date | None]
    raised_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    rung: Mapped[int] = mapped_column(server_default="1")


class Exemption(TenantTable):
    """A period in which no rule acts on an employee, with its reason code."""

    __tablename__ = "exemptions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"], ["employees.tenant_id", "employees.employee_id"]
        ),
    )

    employee_id: Mapped[str] = mapped_column(Id, primary_key=True)
    first_day: Mapped[date] = mapped_column(primary_key=True)
    last_day: Mapped[date | None]
    reason: Mapped[str] = mapped_column(String(40))
