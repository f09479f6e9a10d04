"""Wire forms of imports."""

from datetime import date, datetime
from typing import Any, Literal

from pydantic import BaseModel, Field
from sqlalchemy.engine import Row

from app.imports.task import Format, Mode
from app.imports.words import of_row
from app.intake.mappings import Mapping

State = Literal["queued", "running", "done", "failed", "cancelled"]
_NOT_OK = ("invalid", "conflict")
_NO_ROWS = ("rows", "employees", "flags", "cancelled_by_replace", "still_said")


class ReplacedDays(BaseModel):
    """The days whose statements a file replaces, both included."""

    first_day: date
    last_day: date


class ImportOut(BaseModel):
    """An import. Its employees are judged when all rows are in; `ended_at` follows that."""

    id: str
    state: State
    format: Format
    source: str | None = Field(description="of the events of a file whose rows name none")
    mode: Mode = Field(description="`replace`: what the file no longer says of its days goes")
    history_through: date | None
    dry_run: bool
    started_at: datetime
    ended_at: datetime | None
    rows_total: int | None = Field(description="null until it is known")
    rows_ok: int
    rows_failed: int
    progress: float = Field(ge=0, le=1)
    counts: dict[str, int] = Field(
        description="rows by what became of them (`created`, `duplicate`, `conflict`, `invalid`, "
        "`ignored`: not about sickness, `merged`: into an earlier row), statements "
        "`cancelled_by_replace`, `employees` judged and `flags` raised or changed"
    )
    errors: dict[str, int] = Field(description="how often each code occurs in the list of errors")
    problem: str | None = Field(description="why it failed as a whole: a code")
    warnings: list[str] = Field(
        description="codes of what the whole file lacks, as `hours_without_schedule`, "
        "`unknown_codes_ignored`, or `nothing_replaced`: it was to replace, but some of its rows "
        "cannot be used and may be the ones that say what would have been taken back"
    )
    replaces: ReplacedDays | None
    detected: dict[str, str] | None = Field(description="of a CSV file: encoding, delimiter")
    preview: list[dict[str, Any]] | None = Field(
        description="of a dry run: the first events as they would be stored"
    )


def import_out(row: Row[Any]) -> ImportOut:
    """An import as it is shown."""
    counts = {name: count for name, count in row.counts.items() if name != "still_said"}
    failed = sum(counts.get(name, 0) for name in _NOT_OK)
    found = row.found or {}
    days = found.get("replaces")
    return ImportOut(
        id=row.import_id,
        state=row.state,
        format=row.format,
        source=row.source or found.get("source"),
        mode=row.mode or ("replace" if days else "add"),
        history_through=row.history_through,
        dry_run=row.dry_run,
        started_at=row.started_at,
        ended_at=row.ended_at,
        rows_total=row.rows_total,
        rows_ok=sum(n for name, n in counts.items() if name not in (*_NO_ROWS, *_NOT_OK)),
        rows_failed=failed,
        progress=row.progress,
        counts=counts,
        errors=row.codes or {},
        problem=row.problem,
        warnings=found.get("warnings", []),
        replaces=ReplacedDays(first_day=days[0], last_day=days[1]) if days else None,
        detected=found.get("detected") or None,
        preview=row.preview["events"] if row.preview else None,
    )


class ImportErrorOut(BaseModel):
    """One thing wrong with one row."""

    row: int = Field(
        description="its line, as an editor counts them; in PAXml its place among the time "
        "transactions"
    )
    code: str
    detail: str


def error_out(row: Row[Any]) -> ImportErrorOut:
    """An error as it is shown."""
    return ImportErrorOut(row=row.row, code=row.code, detail=of_row(row.code))


class MappingOut(BaseModel):
    """A mapping under its name."""

    name: str
    mapping: Mapping
    changed_at: datetime
