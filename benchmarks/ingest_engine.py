"""The engine without HTTP: 32 requests waiting at once, against one transaction for each event.

Same code, same driver, same durability; what differs is that waiting events share a commit.
"""

import statistics
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from datetime import UTC, datetime
from itertools import islice

from app.intake.event import Event
from app.intake.receive import Arrival, Receipt
from app.intake.schemas import EVENT
from app.pipeline import ingest
from benchmarks.measure import Result, Times, timed
from benchmarks.places import ENGINES, Place, places
from benchmarks.population import lines

ROUNDS = 5
WAITING = 32


def run(full: bool) -> list[Result]:
    """The gain on both engines."""
    return [_run(engine, 6_400 if full else 960) for engine in ENGINES]


def _run(engine: str, count: int) -> Result:
    alone, together = [], []
    with places(engine) as [place]:
        events = _events(2 * count * (ROUNDS + 1))
        place.ctx.ingest.start()
        for _ in range(ROUNDS + 1):
            alone.append(_round(_one_by_one, place, list(islice(events, count))))
            together.append(_round(_waiting, place, list(islice(events, count))))
        place.ctx.ingest.close()
    walls = [statistics.median(r.wall for r in side[1:]) for side in (alone, together)]
    cpus = [statistics.median(r.cpu for r in side[1:]) for side in (alone, together)]
    details = {
        "one_by_one_per_s": round(count / walls[0]),
        "waiting_per_s": round(count / walls[1]),
        "one_by_one_cpu_us": round(cpus[0] / count * 1e6),
        "waiting_cpu_us": round(cpus[1] / count * 1e6),
    }
    name = f"engine at {WAITING} waiting against one transaction per event, {engine}"
    return Result(name, walls[0] / walls[1], 4.0, "higher", details)


def _events(count: int) -> Iterator[Event]:
    return (EVENT.validate_json(line).event() for line in lines(count, datetime.now(UTC)))


def _round(
    work: Callable[[Place, Sequence[Event]], None], place: Place, events: Sequence[Event]
) -> Times:
    return timed(lambda: work(place, events))


def _one_by_one(place: Place, events: Sequence[Event]) -> None:
    for event in events:
        with place.ctx.database.write() as conn:
            ingest(conn, [Arrival(place.tenant_id, event)], place.ctx.now())


def _waiting(place: Place, events: Sequence[Event]) -> None:
    """Each of 32 callers submits its next event as soon as the last one is answered."""
    waiting = iter(events)
    all_in = threading.Semaphore(0)

    def submit_next(_: Future[Receipt] | None = None) -> None:
        event = next(waiting, None)
        if event is None:
            all_in.release()
            return
        [future] = place.ctx.ingest.submit([Arrival(place.tenant_id, event)])
        future.add_done_callback(submit_next)

    for _ in range(WAITING):
        submit_next()
    for _ in range(WAITING):
        all_in.acquire()
