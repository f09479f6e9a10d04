"""People as the employer knows them: employees' details, units, and who leads a unit.

What could tell who somebody is stands encrypted, each value bound to its place (`app.core.crypt`).
"""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, Json, TenantTable


class Person(TenantTable):
    """Details of an employee. `personal_hash`: keyed, to find the same person without reading.

    `protected`: the person lives with protected personal data (skyddade personuppgifter).
    """

    __tablename__ = "persons"
    __table_args__ = (
        Index(None, "tenant_id", "personal_hash"),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"], ["employees.tenant_id", "employees.employee_id"]
        ),
    )

    employee_id: Mapped[str] = mapped_column(Id, primary_key=True)
    contact: Mapped[str | None] = mapped_column(Text)
    personal_number: Mapped[str | None] = mapped_column(Text)
    personal_hash: Mapped[str | None] = mapped_column(String(64))
    protected: Mapped[bool]
    sex: Mapped[str | None] = mapped_column(String(10))


class Unit(TenantTable):
    """A unit. `closures`: periods in which deadlines of its people stand still."""

    __tablename__ = "units"

    unit: Mapped[str] = mapped_column(String(200), primary_key=True)
    parent: Mapped[str | None] = mapped_column(String(200))
    hr_contact: Mapped[str | None] = mapped_column(Text)
    closures: Mapped[list[dict[str, str]]] = mapped_column(Json)
    alignment_from_day: Mapped[int | None]
    created_at: Mapped[datetime]


class UnitManager(TenantTable):
    """Who leads a unit from a day on, until the next one. `number`: their own employment number."""

    __tablename__ = "unit_managers"
    __table_args__ = (
        Index(None, "tenant_id", "unit"),
        ForeignKeyConstraint(["tenant_id", "unit"], ["units.tenant_id", "units.unit"]),
    )

    manager_id: Mapped[str] = mapped_column(Id, primary_key=True)
    unit: Mapped[str] = mapped_column(String(200))
    number: Mapped[str | None] = mapped_column(String(200))
    contact: Mapped[str | None] = mapped_column(Text)
    since: Mapped[date]
