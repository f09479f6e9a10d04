"""Imports of whole files: stored in chunks, each a transaction; judged when all of it is in.

A bad row never loses the file, and the same file again changes nothing. What a history import
brings does not act: its employees' triggers up to `history_through` are silent.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from typing import Any, BinaryIO

from pydantic import ValidationError
from sqlalchemy.engine import Connection

from app.absences.store import silence_through
from app.casebook import tenant_today
from app.core.context import Context
from app.core.errors import AppError, Unavailable
from app.core.ids import new_id
from app.core.strict_json import MalformedJson, parse_json
from app.intake.event import Event
from app.intake.ndjson import read_ndjson
from app.intake.paxml import read_paxml
from app.intake.rows import RowError
from app.intake.schemas import EVENT, implausible
from app.intake.store import add_import, add_imported, drop_imported, end_import, imported
from app.ops.jobs import look_one_by_one
from app.pipeline import look_again, store
from app.privacy.redact import field_errors

CHUNK = 1000
LOOK_CHUNK = 100
MAX_LISTED = 1000
Read = tuple[int, Event | list[str]]
"""A row's number, with its event or the codes of what is wrong with it."""


class NotHistory(AppError):
    """`history_through` lies ahead."""

    status = 422
    code = "not_history"
    detail = "history_through is after today; only days gone by are history."


@dataclass
class Report:
    """What became of a file. `errors`: the first bad rows by number, with codes."""

    import_id: str
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[dict[str, Any]] = field(default_factory=list)

    def list_error(self, row: int, codes: list[str]) -> None:
        """Name a bad row, up to a limit."""
        if len(self.errors) < MAX_LISTED:
            self.errors.append({"row": row, "codes": codes})

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {"import_id": self.import_id, **self.counts, "errors": self.errors}


@dataclass(frozen=True)
class Task:
    """What to import, how to read it, and through which day it is history."""

    format: str
    source: str | None = None
    history_through: date | None = None


def import_file(
    ctx: Context,
    tenant_id: str,
    stream: BinaryIO,
    task: Task,
    progress: Callable[[Report], None] = lambda _: None,
) -> Report:
    """Import a file.

    Raises UnreadableFile when it cannot be read as a whole, NotFound for an unknown tenant.
    """
    now = ctx.now()
    _refuse_future(ctx, tenant_id, task)
    report = Report(new_id("imp"))
    rows = _rows(stream, task, report, now)
    values = {"format": task.format, "source": task.source}
    with ctx.database.write() as conn:
        add_import(
            conn,
            tenant_id,
            report.import_id,
            values=values,
            history_through=task.history_through,
            now=now,
        )
    try:
        while chunk := list(islice(rows, CHUNK)):
            _store_chunk(ctx, tenant_id, task, report, chunk)
            progress(report)
    finally:
        # Also when the file broke off: what is stored is judged, whatever came after.
        _look_at_all(ctx, tenant_id, report)
    with ctx.database.write() as conn:
        end_import(conn, tenant_id, report.import_id, counts=report.counts, now=ctx.now())
    return report


def _refuse_future(ctx: Context, tenant_id: str, task: Task) -> None:
    """Days to come are no history; to silence them could not be taken back."""
    with ctx.database.read() as conn:
        today = tenant_today(conn, tenant_id, ctx.now()).today
    if task.history_through is not None and task.history_through > today:
        raise NotHistory


def _rows(stream: BinaryIO, task: Task, report: Report, now: datetime) -> Iterator[Read]:
    if task.format == "paxml":
        found = read_paxml(stream, source=task.source, received_at=now)
        # Rows of other kinds than sickness are passed over, and said to have been.
        report.counts["ignored"] = found.rows_ignored
        return (
            (row.number, _event(row.event, now) if row.event else _codes(row.errors))
            for row in found
        )
    return ((number, _line(line, now)) for number, line in read_ndjson(stream))


def _codes(errors: Iterable[RowError]) -> list[str]:
    return [error.code for error in errors]


def _line(line: bytes | RowError, now: datetime) -> Event | list[str]:
    if isinstance(line, RowError):
        return [line.code]
    try:
        return _event(parse_json(line), now)
    except MalformedJson as error:
        return [error.code]


def _event(document: Any, now: datetime) -> Event | list[str]:
    try:
        event = EVENT.validate_python(document).event()
    except ValidationError as error:
        return [found.code for found in field_errors(error.errors())]
    return [found.code for found in implausible(event, now)] or event


def _store_chunk(
    ctx: Context, tenant_id: str, task: Task, report: Report, chunk: list[Read]
) -> None:
    events = [read for _, read in chunk if isinstance(read, Event)]
    with ctx.database.write() as conn:
        outcomes = _keep(conn, tenant_id, task, report.import_id, events, ctx.now())
    report.counts["rows"] += len(chunk)
    report.counts.update(outcomes)
    became = iter(outcomes)
    for number, read in chunk:
        if not isinstance(read, Event):
            report.counts["invalid"] += 1
            report.list_error(number, read)
        elif next(became) == "conflict":
            report.list_error(number, ["event_conflict"])


def _keep(
    conn: Connection,
    tenant_id: str,
    task: Task,
    import_id: str,
    events: list[Event],
    now: datetime,
) -> list[str]:
    """Store a chunk's events and remember whose they are; answers what became of each."""
    if not events:
        return []
    receipts, _ = store(conn, tenant_id, events, now)
    ids = {receipt.employee_id for receipt in receipts if receipt.status != "conflict"}
    add_imported(conn, tenant_id, import_id, ids)
    if task.history_through is not None:
        silence_through(conn, tenant_id, ids, task.history_through)
    return [receipt.status for receipt in receipts]


def _look_at_all(ctx: Context, tenant_id: str, report: Report) -> None:
    """Judge everybody the file has a valid row for, some at a time."""
    while ids := _waiting(ctx, tenant_id, report.import_id):
        try:
            with ctx.database.write() as conn:
                flags = look_again(conn, tenant_id, ids, ctx.now())
                drop_imported(conn, tenant_id, report.import_id, ids)
            report.counts["flags"] += sum(map(len, flags.values()))
        except Unavailable:
            raise
        except Exception:
            look_one_by_one(ctx, tenant_id, ids)
            with ctx.database.write() as conn:
                drop_imported(conn, tenant_id, report.import_id, ids)
        report.counts["employees"] += len(ids)


def _waiting(ctx: Context, tenant_id: str, import_id: str) -> list[str]:
    with ctx.database.read() as conn:
        return imported(conn, tenant_id, import_id, LOOK_CHUNK)
