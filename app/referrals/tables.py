"""Providers (occupational health), referrals to them, and every move a referral made."""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, Json, TenantTable
from app.flags.picture import ENDED

_OPEN = text("state NOT IN (" + ", ".join(f"'{state}'" for state in sorted(ENDED)) + ")")


class Provider(TenantTable):
    """An occupational-health company that a tenant refers to; no `units`: it serves them all."""

    __tablename__ = "providers"

    provider_id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    org_number: Mapped[str | None] = mapped_column(String(20))
    units: Mapped[list[str] | None] = mapped_column(Json)
    services: Mapped[list[str]] = mapped_column(Json)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    priority: Mapped[int]
    grant_approved: Mapped[bool | None]
    version: Mapped[int]
    created_at: Mapped[datetime]


class Referral(TenantTable):
    """A referral. The partial index is the last guard: one open referral an employee.

    `assignment` counts the providers it was given to: what one did is none of the next one's
    business, nor of consent given to it. `step_due_on`: the deadline of the present step, and
    `step_told_on` when passing it was told. `shown_...`: the same as the employer sees it without
    the employee's consent (deadlines.py).
    """

    __tablename__ = "referrals"
    __table_args__ = (
        Index(
            "uq_referrals_open",
            "tenant_id",
            "employee_id",
            unique=True,
            sqlite_where=_OPEN,
            postgresql_where=_OPEN,
        ),
        Index(None, "tenant_id", "employee_id"),
        Index(None, "tenant_id", "provider_id"),
        Index(None, "tenant_id", "step_due_on"),
        Index(None, "tenant_id", "shown_due_on"),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"], ["employees.tenant_id", "employees.employee_id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "provider_id"], ["providers.tenant_id", "providers.provider_id"]
        ),
    )

    referral_id: Mapped[str] = mapped_column(Id, primary_key=True)
    employee_id: Mapped[str] = mapped_column(Id)
    provider_id: Mapped[str | None] = mapped_column(Id)
    service: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(30))
    decision_reference: Mapped[str | None] = mapped_column(String(200))
    released_by: Mapped[str | None] = mapped_column(String(200))
    employee_informed_on: Mapped[date | None]
    feedback_consent_on: Mapped[date | None]
    requested_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    wish_of: Mapped[str | None] = mapped_column(String(10))
    assignment: Mapped[int | None]
    talk_starts_at: Mapped[datetime | None]
    talk_mode: Mapped[str | None] = mapped_column(String(10))
    recommend_three_party: Mapped[bool | None]
    outcome: Mapped[str | None] = mapped_column(String(30))
    step_due_on: Mapped[date | None]
    step_told_on: Mapped[date | None]
    shown_due_on: Mapped[date | None]
    shown_told_on: Mapped[date | None]


class ReferralMove(TenantTable):
    """One step in a referral's life: who, when, from where to where, and why."""

    __tablename__ = "referral_moves"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "referral_id"], ["referrals.tenant_id", "referrals.referral_id"]
        ),
    )

    referral_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    party: Mapped[str] = mapped_column(String(20))
    actor: Mapped[str | None] = mapped_column(String(200))
    source: Mapped[str | None] = mapped_column(String(30))
    target: Mapped[str] = mapped_column(String(30))
    reason: Mapped[str | None] = mapped_column(String(40))
    recorded_by: Mapped[str | None] = mapped_column(String(20))
