"""Employees and their absences, each the fold of all its events so far."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, Json, TenantTable

_TOGETHER = text("person_id IS NOT NULL")
_JOINED = text("joined_as IS NOT NULL")


class Employee(TenantTable):
    """An employee, known by the employment number the sources use.

    `silent_through`: triggers up to that day do not act (a history was loaded). `due_on`: the
    local date on which time alone may change something; null when none is in sight.

    `person_id`: the same for all employments of one person, who is judged by all of them together:
    the id of the first of them by number, in whose row the person's `due_on` stands. Null: alone.
    `joined_as`: the same for employments that somebody said are one person's; null: nobody did.
    """

    __tablename__ = "employees"
    __table_args__ = (
        UniqueConstraint("tenant_id", "number"),
        Index(None, "tenant_id", "due_on"),
        Index(
            None,
            "tenant_id",
            "person_id",
            sqlite_where=_TOGETHER,
            postgresql_where=_TOGETHER,
        ),
        Index(None, "tenant_id", "joined_as", sqlite_where=_JOINED, postgresql_where=_JOINED),
    )

    employee_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(200))
    unit: Mapped[str | None] = mapped_column(String(200))
    employment: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    silent_through: Mapped[date | None]
    due_on: Mapped[date | None]
    created_at: Mapped[datetime]
    person_id: Mapped[str | None] = mapped_column(Id)
    joined_as: Mapped[str | None] = mapped_column(Id)


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
