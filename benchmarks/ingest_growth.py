"""Single events and batches when much is stored already, against when little is.

The same events go into both databases in turn, so that what the machine does besides touches
both alike.
"""

import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice

from app.intake.event import Event
from app.intake.receive import Arrival
from app.intake.schemas import EVENT
from app.pipeline import ingest
from benchmarks.ingest_bulk import import_by_command
from benchmarks.measure import Result, timed
from benchmarks.places import ENGINES, Place, places
from benchmarks.population import lines

ROUNDS = 7
ALONE = 100
BATCH = 32


def run(full: bool) -> list[Result]:
    """Both engines: 10 million against 100 thousand, or fewer in a quick run."""
    counts = (100_000, 10_000_000) if full else (5_000, 50_000)
    return [result for engine in ENGINES for result in _run(engine, counts)]


def _run(engine: str, counts: tuple[int, int]) -> list[Result]:
    with places(engine, 2) as both:
        for place, count in zip(both, counts, strict=True):
            _fill(place, count)
        alone: tuple[list[float], list[float]] = ([], [])
        rates: tuple[list[float], list[float]] = ([], [])
        streams = [_fresh(count) for count in counts]
        for number in range(ROUNDS + 1):
            for side, place in enumerate(both):
                took = _one_by_one(place, list(islice(streams[side], ALONE)))
                rate = _batched(place, list(islice(streams[side], BATCH * 20)))
                if number:
                    alone[side].extend(took)
                    rates[side].append(rate)
    few, many = (statistics.median(side) for side in alone)
    slow, quick = statistics.median(rates[1]), statistics.median(rates[0])
    details = {
        "events_stored": counts,
        "p50_ms": [round(few * 1000, 3), round(many * 1000, 3)],
        "batched_per_s": [round(quick), round(slow)],
    }
    return [
        Result(f"growth: single event p50, {engine}", many / few, 1.5, "lower", details),
        Result(f"growth: batched throughput, {engine}", slow / quick, 0.5, "higher"),
    ]


def _fill(place: Place, count: int) -> None:
    path = place.folder / f"{place.tenant_id}.ndjson"
    with path.open("wb") as file:
        file.writelines(lines(count, datetime.now(UTC) - timedelta(days=2)))
    import_by_command(place, path)
    path.unlink()


def _fresh(stored: int) -> Iterator[Event]:
    """Events of the same employees, of the last days."""
    found = lines(stored, datetime.now(UTC), seed=2)
    return (EVENT.validate_json(line).event() for line in found)


def _one_by_one(place: Place, events: Sequence[Event]) -> list[float]:
    took = []
    for event in events:
        began = time.perf_counter()
        _ingest(place, [event])
        took.append(time.perf_counter() - began)
    return took


def _batched(place: Place, events: Sequence[Event]) -> float:
    """Events a second, a batch of as many as wait under load in each transaction."""

    def work() -> None:
        for start in range(0, len(events), BATCH):
            _ingest(place, events[start : start + BATCH])

    return len(events) / timed(work).wall


def _ingest(place: Place, events: Sequence[Event]) -> None:
    with place.ctx.database.write() as conn:
        ingest(conn, [Arrival(place.tenant_id, event) for event in events], place.ctx.now())
