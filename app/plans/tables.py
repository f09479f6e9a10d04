"""Action plans (handlingsplaner): measures by code, and the follow-ups that end them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, Json, TenantTable


class Plan(TenantTable):
    """A plan. `measures`: code, responsible role, due date, date done; edited as a whole.

    `assignment`: that of its referral when it was written.
    """

    __tablename__ = "plans"
    __table_args__ = (
        Index(None, "tenant_id", "employee_id"),
        Index(None, "tenant_id", "referral_id"),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"], ["employees.tenant_id", "employees.employee_id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "referral_id"], ["referrals.tenant_id", "referrals.referral_id"]
        ),
    )

    plan_id: Mapped[str] = mapped_column(Id, primary_key=True)
    employee_id: Mapped[str] = mapped_column(Id)
    referral_id: Mapped[str | None] = mapped_column(Id)
    assignment: Mapped[int | None]
    state: Mapped[str] = mapped_column(String(10))
    measures: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    employer_adopted_on: Mapped[date | None]
    employee_adopted_on: Mapped[date | None]
    adopted_by: Mapped[str | None] = mapped_column(String(200))
    version: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class FollowUp(TenantTable):
    """One follow-up of a plan: when it is due, and when it was done."""

    __tablename__ = "plan_follow_ups"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "plan_id"], ["plans.tenant_id", "plans.plan_id"]),
    )

    plan_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    due_on: Mapped[date]
    done_on: Mapped[date | None]
    work_status: Mapped[str | None] = mapped_column(String(30))
