"""Events as they were said, never changed afterwards, and imports of whole files."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, TenantTable


class Event(TenantTable):
    """An event. Its identity is (tenant, source, id); `content_hash` tells repeat from conflict."""

    __tablename__ = "events"
    __table_args__ = (
        Index(None, "tenant_id", "employee_id", "source", "absence"),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"], ["employees.tenant_id", "employees.employee_id"]
        ),
    )

    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    id: Mapped[str] = mapped_column(String(200), primary_key=True)
    employee_id: Mapped[str] = mapped_column(Id)
    absence: Mapped[str] = mapped_column(String(200))
    type: Mapped[str] = mapped_column(String(20))
    occurred_at: Mapped[datetime]
    said: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(64))
    received_at: Mapped[datetime]


class Import(TenantTable):
    """A file taken in. Its rows are stored in chunks; its employees are evaluated at the end."""

    __tablename__ = "imports"

    import_id: Mapped[str] = mapped_column(Id, primary_key=True)
    format: Mapped[str] = mapped_column(String(20))
    source: Mapped[str | None] = mapped_column(String(200))
    history_through: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]]


class ImportedEmployee(TenantTable):
    """An employee that a running import has a valid row for, to be evaluated when all is in."""

    __tablename__ = "imported_employees"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "import_id"], ["imports.tenant_id", "imports.import_id"]
        ),
    )

    import_id: Mapped[str] = mapped_column(Id, primary_key=True)
    employee_id: Mapped[str] = mapped_column(Id, primary_key=True)
