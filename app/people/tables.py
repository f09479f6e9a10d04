"""People as the employer knows them: employees' details, units, and who leads a unit.

What could tell who somebody is stands encrypted, each value bound to its place (`app.core.crypt`).
"""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, Json, TenantTable


class Person(TenantTable):
    """Details of an employee. `personal_hash`: keyed, to find the same person without reading.

    It is `keyid:hex`, by one of the tenant's match keys.

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
    personal_hash: Mapped[str | None] = mapped_column(String(110))
    protected: Mapped[bool]
    sex: Mapped[str | None] = mapped_column(String(10))


class MatchKey(TenantTable):
    """A tenant's own random secret for keyed hashes, encrypted by the key ring.

    When the ring turns, hashes stay what they are: the secret opens as long as the key that
    sealed it is in the ring, as the numbers themselves do. After that another is made; every
    hash says which made it.
    """

    __tablename__ = "match_keys"

    key_id: Mapped[str] = mapped_column(Id, primary_key=True)
    secret: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class Unit(TenantTable):
    """A unit. `closures`: periods in which deadlines of its people stand still.

    `hr_has_email`: whether the HR contact can be told, known without opening it.
    """

    __tablename__ = "units"
    __table_args__ = (UniqueConstraint("tenant_id", "unit_id"),)

    unit: Mapped[str] = mapped_column(String(200), primary_key=True)
    unit_id: Mapped[str] = mapped_column(Id)
    parent: Mapped[str | None] = mapped_column(String(200))
    hr_contact: Mapped[str | None] = mapped_column(Text)
    hr_has_email: Mapped[bool]
    closures: Mapped[list[dict[str, str]]] = mapped_column(Json)
    alignment_from_day: Mapped[int | None]
    created_at: Mapped[datetime]


class UnitManager(TenantTable):
    """Who leads a unit from a day on, until the next one. `number`: their own employment number.

    Without a number and a contact: from then on nobody leads it.
    """

    __tablename__ = "unit_managers"
    __table_args__ = (
        Index(None, "tenant_id", "unit"),
        ForeignKeyConstraint(["tenant_id", "unit"], ["units.tenant_id", "units.unit"]),
    )

    manager_id: Mapped[str] = mapped_column(Id, primary_key=True)
    unit: Mapped[str] = mapped_column(String(200))
    number: Mapped[str | None] = mapped_column(String(200))
    contact: Mapped[str | None] = mapped_column(Text)
    has_email: Mapped[bool]
    since: Mapped[date]
