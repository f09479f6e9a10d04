"""An import as whoever works on it knows it: what is fixed, and how far it has come."""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection, Row

from app.imports import store
from app.imports.formats import Found, Reading
from app.imports.mappings import mapping_from
from app.imports.task import Format
from app.intake.rows import UnreadableFile

LEASE = timedelta(seconds=60)
MAX_LISTED = 100_000
"""So many errors are listed; all are counted."""
MAX_SHOWN = 20
"""So many events are shown by a dry run."""
ROWS_SHARE = 0.9
"""How much of the progress is made when all rows are in; the rest is judging."""


class Lost(Exception):
    """Somebody else works on the import by now."""


class Moved(Exception):
    """The import is in another stage by now: it was cancelled."""


@dataclass(frozen=True)
class Job:
    """`by`: the fence; `through`: the day through which what comes is history."""

    tenant_id: str
    import_id: str
    by: str
    stage: str
    format: Format
    reading: Reading
    mode: str | None
    through: date | None
    dry_run: bool
    attempts: int
    bytes_total: int | None
    rows_total: int | None
    rows_done: int
    progress: float
    listed: int
    counts: Counter[str]
    codes: Counter[str]
    found: dict[str, Any] | None
    preview: list[dict[str, Any]]

    @classmethod
    def of(cls, row: Row[Any]) -> "Job":
        """The job that a row of `imports` tells of."""
        same = (
            *("tenant_id", "import_id", "stage", "format", "mode", "dry_run", "attempts"),
            *("bytes_total", "rows_total", "rows_done", "progress", "listed", "found"),
        )
        return cls(
            by=row.lease_by,
            reading=Reading(row.started_at, row.source, mapping_from(row.mapping)),
            through=row.history_through,
            counts=Counter(row.counts),
            codes=Counter(row.codes or {}),
            preview=list((row.preview or {}).get("events", ())),
            **{name: getattr(row, name) for name in same},
        )

    def to_values(self) -> dict[str, Any]:
        """What of it changes, as it is stored."""
        same = ("rows_total", "rows_done", "progress", "listed", "found")
        return {
            "counts": dict(self.counts),
            "codes": dict(self.codes),
            "preview": {"events": self.preview} if self.dry_run else None,
            **{name: getattr(self, name) for name in same},
        }

    @property
    def key(self) -> tuple[str, str]:
        """Tenant and import."""
        return self.tenant_id, self.import_id

    @property
    def replaced(self) -> store.Range | None:
        """What the file replaces, if it is to replace anything."""
        found = self.found or {}
        if self.mode == "add" or not found.get("replaces"):
            return None
        first, last = map(date.fromisoformat, found["replaces"])
        return found["source"], first, last, datetime.fromisoformat(found["said_at"])

    def noting(self, file: Found) -> "Job":
        """With what the file says of itself, which is written down when it is first opened.

        Raises UnreadableFile where it cannot be taken as it is asked to be.
        """
        if self.found is not None:
            return self
        days = file.file.replaces if file.file else None
        if self.mode == "replace" and days is None:
            raise UnreadableFile("no_range_to_replace")
        found = {
            "source": file.file.source if file.file else None,
            "said_at": _text(file.file.occurred_at) if file.file else None,
            "replaces": [day.isoformat() for day in days] if days else None,
        }
        total = file.file.rows_total if file.file else 0
        return replace(self, found=found, rows_total=total or None)

    def closing(self, file: Found) -> "Job":
        """With what can be told of the file now that its last row has been read."""
        if file.file is None:
            return replace(self, rows_total=self.counts["rows"])
        counts = Counter(self.counts)
        for name, count in (("ignored", file.file.rows_ignored), ("merged", file.file.rows_merged)):
            if count:
                counts[name] = count
        told = {"warnings": list(file.file.warnings), "detected": dict(file.file.detected)}
        found = {**(self.found or {}), **told}
        return replace(self, found=found, counts=counts, rows_total=file.file.rows_total)

    def hold(self, conn: Connection, now: datetime) -> None:
        """Hold the job for this transaction; raises Lost, or Moved when it was cancelled."""
        until = now + LEASE
        if store.hold(conn, self.key, by=self.by, stage=self.stage, until=until):
            return
        there = store.work_on(conn, self.key)
        raise Moved if there is not None and there.lease_by == self.by else Lost


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
