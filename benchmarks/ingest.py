"""Taking events in: posts, the engine behind them, whole files, memory, growth, and all at once.

Quick sizes show where it stands in a minute or two; `--full` measures at the sizes of the goals
and takes its time.
"""

from collections.abc import Callable

from benchmarks import ingest_beside, ingest_bulk, ingest_engine, ingest_growth, ingest_http
from benchmarks.measure import Result

PARTS: dict[str, Callable[[bool], list[Result]]] = {
    "http": ingest_http.run,
    "engine": ingest_engine.run,
    "bulk": ingest_bulk.run,
    "memory": ingest_bulk.memory,
    "growth": ingest_growth.run,
    "beside": ingest_beside.run,
}


def run(full: bool, part: str | None = None) -> list[Result]:
    """All parts, or one."""
    return [result for name in PARTS if part in (None, name) for result in PARTS[name](full)]
