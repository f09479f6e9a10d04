"""Imports of whole files: the job, the file while it is needed, what was wrong in it."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ForeignKeyConstraint,
    Index,
    String,
    Text,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, TenantTable


class Import(TenantTable):
    """A file taken in. Its rows are stored in chunks; its employees are evaluated at the end.

    `state` is what is told: `queued`, `running`, `done`, `failed`, `cancelled`. `stage` is the work
    that is left: `upload` (the body is arriving), `rows`, `replace`, `look`, `clear` (the pieces
    go), `drop` (all of it goes: an upload that led nowhere), `over`.
    `lease_by` fences: who works writes nothing without it. `rows_done` is the number of the last
    row that was dealt with, written in the transaction that dealt with it.
    `local`: the file is at hand for a command line alone. `fingerprint`: of the bytes and of how
    they are to be taken. `found`: what the file says of itself, fixed when it is first opened.
    `codes`: how often each error code occurred; `listed`: how many of them are kept, or would be.
    """

    __tablename__ = "imports"
    __table_args__ = (Index(None, "stage"), Index(None, "tenant_id", "fingerprint"))

    import_id: Mapped[str] = mapped_column(Id, primary_key=True)
    format: Mapped[str] = mapped_column(String(20))
    source: Mapped[str | None] = mapped_column(String(200))
    history_through: Mapped[date | None]
    state: Mapped[str] = mapped_column(String(20))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    counts: Mapped[dict[str, Any]]
    stage: Mapped[str] = mapped_column(String(10), server_default="over")
    fingerprint: Mapped[str | None] = mapped_column(String(64))
    local: Mapped[bool] = mapped_column(server_default=false())
    dry_run: Mapped[bool] = mapped_column(server_default=false())
    mode: Mapped[str | None] = mapped_column(String(10))
    mapping: Mapped[dict[str, Any] | None]
    bytes_total: Mapped[int | None] = mapped_column(BigInteger)
    rows_total: Mapped[int | None]
    rows_done: Mapped[int] = mapped_column(server_default="0")
    progress: Mapped[float] = mapped_column(server_default="0")
    found: Mapped[dict[str, Any] | None]
    preview: Mapped[dict[str, Any] | None]
    codes: Mapped[dict[str, Any] | None]
    listed: Mapped[int] = mapped_column(server_default="0")
    problem: Mapped[str | None] = mapped_column(String(60))
    attempts: Mapped[int] = mapped_column(server_default="0")
    lease_by: Mapped[str | None] = mapped_column(Id)
    lease_until: Mapped[datetime | None]


class ImportPart(TenantTable):
    """A piece of an uploaded file, compressed and sealed: files hold personal numbers."""

    __tablename__ = "import_parts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "import_id"], ["imports.tenant_id", "imports.import_id"]
        ),
    )

    import_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    sealed: Mapped[str] = mapped_column(Text)


class ImportFault(TenantTable):
    """One thing wrong with one row. `fault_id` sorts as the rows stand in the file."""

    __tablename__ = "import_errors"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "import_id"], ["imports.tenant_id", "imports.import_id"]
        ),
    )

    import_id: Mapped[str] = mapped_column(Id, primary_key=True)
    fault_id: Mapped[str] = mapped_column(Id, primary_key=True)
    row: Mapped[int]
    code: Mapped[str] = mapped_column(String(60))


class ImportMapping(TenantTable):
    """How a system's files are to be read, kept under a name."""

    __tablename__ = "import_mappings"
    __table_args__ = (UniqueConstraint("tenant_id", "mapping_id"),)

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    mapping_id: Mapped[str] = mapped_column(Id)
    document: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]


class ImportedEmployee(TenantTable):
    """An employee that an import has a valid row for, to be evaluated when all of it is in."""

    __tablename__ = "imported_employees"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "import_id"], ["imports.tenant_id", "imports.import_id"]
        ),
    )

    import_id: Mapped[str] = mapped_column(Id, primary_key=True)
    employee_id: Mapped[str] = mapped_column(Id, primary_key=True)
