"""A file from its bytes to committed and judged events, against loading the same rows bare.

The import is the command line's, in a process of its own; what a process needs to start is taken
off. The yardstick loads the very rows that the import stored, in the order of the file, into a
table of the same columns and indexes: COPY on PostgreSQL, executemany on SQLite.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measure import Result
from benchmarks.places import ENGINES, Place, places
from benchmarks.population import lines
from tests.kit import SECRET_KEYS

ROUNDS = 5
COLUMNS = (
    "tenant_id, source, id, employee_id, absence, type, occurred_at, said, content_hash, "
    "received_at"
)
_BARE = {
    "sqlite": f"CREATE TABLE bare AS SELECT {COLUMNS} FROM events LIMIT 0",
    "postgresql": "CREATE TABLE bare (LIKE events INCLUDING DEFAULTS)",
}
_INDEXES = (
    "CREATE UNIQUE INDEX bare_key ON bare (tenant_id, source, id)",
    "CREATE INDEX bare_absence ON bare (tenant_id, employee_id, source, absence)",
)


@dataclass(frozen=True)
class Ran:
    """A process that ended: seconds of wall time and CPU, and its peak memory in MiB."""

    wall: float
    cpu: float
    peak_mib: float


def run(full: bool) -> list[Result]:
    """Both engines; a million events each, or a tenth of it: fewer fit in any cache."""
    count = 1_000_000 if full else 100_000
    return [_run(engine, count) for engine in ENGINES]


def memory(full: bool) -> list[Result]:
    """Peak memory of an import, against one of half as many events and against the limit."""
    counts = (5_000_000, 10_000_000) if full else (50_000, 100_000)
    with places("sqlite", 2) as both:
        few, many = (_import(place, n, 1) for place, n in zip(both, counts, strict=True))
    details = {"events": counts, "peak_mib": [few.peak_mib, many.peak_mib]}
    return [
        Result("peak memory of an import, share of 400 MiB", many.peak_mib / 400, 1.0, "lower"),
        Result(
            "peak memory, twice the events", many.peak_mib / few.peak_mib, 1.1, "lower", details
        ),
    ]


def _run(engine: str, count: int) -> Result:
    rounds = []
    with places(engine, ROUNDS) as own:
        for number, place in enumerate(own):
            empty = _import(place, 0, 0)
            ran = _import(place, count, number)
            rounds.append((ran.wall - empty.wall, ran.cpu - empty.cpu, *_load_bare(place)))
    wall, cpu, bare_wall, again = (statistics.median(r[n] for r in rounds) for n in range(4))
    ratios = [bare / imported for imported, _, bare, _ in rounds]
    details = {
        "events": count,
        "import_us_per_event": round(wall / count * 1e6, 1),
        "import_cpu_us_per_event": round(cpu / count * 1e6, 1),
        "bare_us_per_event": round(bare_wall / count * 1e6, 1),
        "bare_cpu_us_per_event": round(again / count * 1e6, 1),
        "ratio_of_each_round": [round(r, 3) for r in ratios],
    }
    name = f"NDJSON to committed and judged, against bare loading, {engine}"
    return Result(name, statistics.median(ratios), 0.4, "higher", details)


def _import(place: Place, count: int, seed: int) -> Ran:
    """The file of so many events imported by the command line."""
    path = place.folder / f"{place.tenant_id}-{count}.ndjson"
    with path.open("wb") as file:
        file.writelines(lines(count, datetime.now(UTC), seed) if count else ())
    try:
        return import_by_command(place, path)
    finally:
        path.unlink()


def import_by_command(place: Place, path: Path) -> Ran:
    """`app.cli import` of an NDJSON file, to its end; RuntimeError when it fails."""
    environment = os.environ | {
        "OMTANKE_DATABASE_URL": place.settings.database_url,
        "OMTANKE_SECRET_KEYS": SECRET_KEYS,
    }
    command = [sys.executable, "-m", "app.cli", "import", "--tenant", place.tenant_id]
    command += ["--format", "ndjson", "--json", str(path)]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the import ended with {process.returncode}")
    wall = time.perf_counter() - began
    return Ran(wall, used.ru_utime + used.ru_stime, round(used.ru_maxrss / 1024, 1))


def _load_bare(place: Place) -> tuple[float, float]:
    """Wall and CPU seconds (of this process) of loading the stored rows without anything else."""
    with place.ctx.database.engine.connect() as conn:
        raw: Any = conn.connection.driver_connection
        order = "rowid" if place.engine == "sqlite" else "ctid"
        rows = raw.execute(f"SELECT {COLUMNS} FROM events ORDER BY {order}").fetchall()
        for statement in (_BARE[place.engine], *_INDEXES):
            raw.execute(statement)
        if place.engine == "postgresql":
            rows = _copied_out(raw)
            raw.commit()
        began, cpu = time.perf_counter(), time.process_time()
        _executemany(raw, rows) if place.engine == "sqlite" else _copy(raw, rows)
        raw.commit()
        return time.perf_counter() - began, time.process_time() - cpu


def _copied_out(raw: Any) -> list[bytes]:
    """The rows as COPY writes them, so that reading them back costs Python nothing."""
    with raw.cursor().copy(f"COPY (SELECT {COLUMNS} FROM events ORDER BY ctid) TO STDOUT") as out:
        return [bytes(block) for block in out]


def _copy(raw: Any, rows: Sequence[bytes]) -> None:
    with raw.cursor().copy(f"COPY bare ({COLUMNS}) FROM STDIN") as copy:
        copy.write(b"".join(rows))


def _executemany(raw: Any, rows: Sequence[Any]) -> None:
    raw.execute("BEGIN IMMEDIATE")
    marks = ", ".join("?" * len(COLUMNS.split(",")))
    raw.executemany(f"INSERT INTO bare ({COLUMNS}) VALUES ({marks})", rows)
