"""What versions in shadow would have done: kept apart from flags, and never acted upon."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, Json, TenantTable


class ShadowDecision(TenantTable):
    """One trigger of a version in shadow, and what would have become of it.

    `evidence`: as of a flag. `referral_id`: the open one that would have kept it from a second.
    """

    __tablename__ = "shadow_decisions"
    __table_args__ = (
        Index(None, "tenant_id", "employee_id"),
        Index(None, "tenant_id", "rule_id", "version", "employee_id"),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"], ["employees.tenant_id", "employees.employee_id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "rule_id", "version"],
            ["rule_versions.tenant_id", "rule_versions.rule_id", "rule_versions.version"],
        ),
    )

    decision_id: Mapped[str] = mapped_column(Id, primary_key=True)
    employee_id: Mapped[str] = mapped_column(Id)
    rule_id: Mapped[str] = mapped_column(Id)
    version: Mapped[int]
    rung: Mapped[int]
    on: Mapped[date]
    evidence: Mapped[list[list[Any]]] = mapped_column(Json)
    outcome: Mapped[str] = mapped_column(String(20))
    reason: Mapped[str | None] = mapped_column(String(40))
    referral_id: Mapped[str | None] = mapped_column(Id)
    decided_at: Mapped[datetime]
    changed_at: Mapped[datetime]
