"""Single events and batches when much is stored already, against when little is.

Events of the last two days, of the people that are there, go into both databases in turn, so that
what the machine does besides touches both alike. `python -m benchmarks.ingest_growth FEW MANY
ENGINE` measures at other sizes.
"""

import statistics
import sys
import time
from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import islice

from app.intake.event import Event
from app.intake.lines import plain_event
from app.intake.receive import Arrival
from app.pipeline import ingest
from benchmarks.measure import Result, timed
from benchmarks.places import ENGINES, Place, places
from benchmarks.population import EVENTS_EACH, lines
from benchmarks.seeding import check, seed

ROUNDS = 5
ALONE = 100
BATCH = 32
BATCHES = 20
Sides = tuple[list[float], list[float]]
"""A figure of each round, with little and with much stored."""


def run(full: bool) -> list[Result]:
    """Both engines: 10 million against 100 thousand, or fewer in a quick run."""
    counts = (100_000, 10_000_000) if full else (10_000, 100_000)
    return [result for engine in ENGINES for result in measure(engine, counts)]


def measure(engine: str, counts: tuple[int, int]) -> list[Result]:
    """One engine, the two sizes side by side."""
    check(engine)
    with places(engine, 2) as both:
        for place, count in zip(both, counts, strict=True):
            seed(place, count, place.ctx.now())
        alone: Sides = ([], [])
        rates: Sides = ([], [])
        streams = [_fresh(place, count) for place, count in zip(both, counts, strict=True)]
        for number in range(ROUNDS + 1):
            for side, place in enumerate(both):
                took = _one_by_one(place, list(islice(streams[side], ALONE)))
                rate = _batched(place, list(islice(streams[side], BATCH * BATCHES)))
                if number:
                    alone[side].append(statistics.median(took))
                    rates[side].append(rate)
    return _results(engine, counts, alone, rates)


def _results(engine: str, counts: tuple[int, int], alone: Sides, rates: Sides) -> list[Result]:
    few, many = (statistics.median(side) for side in alone)
    quick, slow = (statistics.median(side) for side in rates)
    details = {
        "events_stored": counts,
        "p50_ms": [round(few * 1000, 3), round(many * 1000, 3)],
        "batched_per_s": [round(quick), round(slow)],
        "p50_ratio_of_each_round": _ratios(alone),
        "batched_ratio_of_each_round": _ratios(rates),
    }
    return [
        Result(f"growth: single event p50, {engine}", many / few, 1.5, "lower", details),
        Result(f"growth: batched throughput, {engine}", slow / quick, 0.5, "higher"),
    ]


def _ratios(sides: Sides) -> list[float]:
    return [round(many / few, 2) for few, many in zip(*sides, strict=True)]


def _fresh(place: Place, stored: int) -> Iterator[Event]:
    """Events of the last two days, of the same employees."""
    now = place.ctx.now()
    count = (ROUNDS + 1) * (ALONE + BATCH * BATCHES)
    people = max(stored // EVENTS_EACH, 1)
    for line in lines(count, now, seed=2, span=timedelta(days=2), employees=people):
        event = plain_event(line, now)
        assert event is not None, "the lines of the population are plain"
        yield event


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


if __name__ == "__main__":
    for result in measure(sys.argv[3], (int(sys.argv[1]), int(sys.argv[2]))):
        print(result.line(), result.details)
