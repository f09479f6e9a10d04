"""Employees and their absences, each the fold of all its events so far."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, Json, TenantTable


class Employee(TenantTable):
    """An employee, known by the employment number the sources use.

    `silent_through`: triggers up to that day do not act (a history was loaded). `due_on`: the
    local date on which time alone may change something; null when none is in sight.
    """

    __tablename__ = "employees"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index(None, "tenant_id", "due_on"),
    )

    employee_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str | None] = mapped_column(String(200))
    employment: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    silent_through: Mapped[date | None]
    due_on: Mapped[date | None]
    created_at: Mapped[datetime]


class Absence(TenantTable):
    """What a source now says of one absence; `folded_at`, `folded_id`: the last event in it."""

    __tablename__ = "absences"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"], ["employees.tenant_id", "employees.employee_id"]
        ),
    )

    employee_id: Mapped[str] = mapped_column(Id, primary_key=True)
    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    absence: Mapped[str] = mapped_column(String(200), primary_key=True)
    first_day: Mapped[date | None]
    last_day: Mapped[date | None]
    kind: Mapped[str] = mapped_column(String(20))
    extent: Mapped[int]
    extents: Mapped[list[list[Any]]] = mapped_column(Json)
    cancelled: Mapped[bool]
    folded_at: Mapped[datetime]
    folded_id: Mapped[str] = mapped_column(String(200))
