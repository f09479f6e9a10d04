"""Imports of files at hand, in the foreground: by the same steps as those that were uploaded.

The same command again does nothing when the file is in, and carries on when it was interrupted.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from sqlalchemy.engine import Row

from app.core.context import Context
from app.imports import store
from app.imports.begin import NotHistory, begin_local
from app.imports.errors_csv import errors_csv
from app.imports.files import Readable
from app.imports.job import Job, Lost
from app.imports.run import to_the_end
from app.imports.schemas import import_out
from app.imports.task import Task
from app.imports.turns import Stopped, Turns
from app.imports.words import of_file
from app.intake.rows import UnreadableFile

__all__ = ["Interrupted", "NotHistory", "Report", "Task", "import_file", "write_errors"]

MAX_NAMED = 1000
_READ_BYTES = 1024 * 1024


class Interrupted(Exception):
    """It was stopped, or another command took the import over; it can be carried on with."""


@dataclass
class Report:
    """What became of a file. `errors`: the first bad rows by number, with codes.

    `known`: the same file had been taken in the same way before, and nothing was done.
    """

    import_id: str
    counts: Counter[str] = field(default_factory=Counter)
    errors: list[dict[str, Any]] = field(default_factory=list)
    known: bool = False
    shown: dict[str, Any] = field(default_factory=dict)

    @property
    def useless(self) -> bool:
        """Whether there were rows, and not one of them could be used."""
        return bool(self.shown["rows_failed"] and not self.shown["rows_ok"])

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        told = {"import_id": self.import_id, "rows": 0, **self.counts, "known": self.known}
        return told | {"errors": self.errors, "import": self.shown}

    def in_words(self) -> str:
        """For the terminal: figures, what the whole file lacks, bad rows, what a dry run shows."""
        counts = {**self.counts, "rows": self.shown["rows_total"] or self.counts["rows"]}
        figures = ", ".join(f"{name} {count}" for name, count in counts.items())
        again = " (the same file was taken in before; nothing was done)" if self.known else ""
        lacks = [f"{code}: {of_file(code)}" for code in self.shown["warnings"]]
        bad = [f"row {one['row']}: {', '.join(one['codes'])}" for one in self.errors]
        unnamed = self.shown["rows_failed"] - len(self.errors)
        more = [f"and {unnamed} more; --errors FILE.csv lists them"] if unnamed > 0 else []
        events = [json.dumps(event) for event in self.shown["preview"] or ()]
        first = f"import {self.import_id}: {figures}{again}"
        return "\n".join([first, *lacks, *bad, *more, *events])


def import_file(
    ctx: Context,
    tenant_id: str,
    stream: BinaryIO,
    task: Task,
    progress: Callable[[Job], None] = lambda _: None,
    keep_going: Callable[[], bool] = lambda: True,
) -> Report:
    """Import a file that can be read twice: first for its digest.

    Raises UnreadableFile when it cannot be read as a whole, NotFound for an unknown tenant,
    NotHistory, ImportUnderWay, and Interrupted.
    """
    digest, size = _digest(stream)
    row = begin_local(ctx, tenant_id, task, digest, size)
    known = row.stage == "over"
    if not known:
        job = Job.of(row)
        turns = Turns(ctx, job, keep_going=keep_going, told=progress)
        try:
            to_the_end(turns, lambda: _from_start(stream))
        except (Lost, Stopped) as stopped:
            raise Interrupted from stopped
    return _report(ctx, (tenant_id, row.import_id), known=known)


def _digest(stream: BinaryIO) -> tuple[str, int]:
    """The SHA-256 of a file, and how long it is."""
    digest, size = hashlib.sha256(), 0
    stream.seek(0)
    while piece := stream.read(_READ_BYTES):
        digest.update(piece)
        size += len(piece)
    return digest.hexdigest(), size


def _from_start(stream: BinaryIO) -> Readable:
    stream.seek(0)
    return stream


def _report(ctx: Context, key: tuple[str, str], *, known: bool) -> Report:
    with ctx.database.read() as conn:
        row = store.import_row(conn, key)
        faults = store.faults_after(conn, key, "", MAX_NAMED)
    if row.state == "failed":
        raise UnreadableFile(row.problem or "internal_error")
    return Report(
        key[1],
        Counter(row.counts),
        list(_by_row(faults)),
        known=known,
        shown=import_out(row).model_dump(mode="json"),
    )


def _by_row(faults: list[Row[Any]]) -> Iterator[dict[str, Any]]:
    """Each bad row with all that is wrong with it."""
    named: dict[int, list[str]] = {}
    for fault in faults:
        named.setdefault(fault.row, []).append(fault.code)
    yield from ({"row": row, "codes": codes} for row, codes in named.items())


def write_errors(ctx: Context, tenant_id: str, import_id: str, file: BinaryIO) -> None:
    """Write everything that was wrong with rows as CSV."""
    for lines in errors_csv(ctx, (tenant_id, import_id)):
        file.write(lines)
