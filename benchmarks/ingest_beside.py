"""Single posts while a large file is taken in, against posts without one.

On SQLite the process that serves takes it in, on PostgreSQL a worker beside it.

A steady load, far from the most that the server can take: each request has its moment, and what
it took counts from that moment, so a pause is felt by all that fall into it. In turn without and
with an import under way; the import is cancelled when its turn is over.
"""

import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import httpx

from benchmarks.ingest_http import environment_of, served
from benchmarks.load import Load, put_load, request
from benchmarks.measure import Result
from benchmarks.places import ENGINES, Place, places
from benchmarks.population import lines

ROUNDS = 5
CONNECTIONS = 16
A_SECOND = 100.0


def run(full: bool) -> list[Result]:
    """p99 on both engines."""
    posts, rows = (2_000, 1_000_000) if full else (300, 200_000)
    return [measure(engine, posts, rows) for engine in ENGINES]


def measure(engine: str, posts: int, rows: int) -> Result:
    """One engine: so many posts a turn, a file of so many rows each time."""
    quiet: list[Load] = []
    beside: list[Load] = []
    taken_in: list[float] = []
    alone = engine == "sqlite"
    with (
        places(engine) as [place],
        served(place, background=alone) as (port, _),
        nullcontext() if alone else _worker(place),
    ):
        bodies = lines(posts * 2 * (ROUNDS + 1), datetime.now(UTC))
        for number in range(ROUNDS + 1):
            quiet.append(_posts(place, port, bodies, posts))
            with _importing(place, port, rows, number) as count_rows:
                before, began = count_rows(), time.perf_counter()
                beside.append(_posts(place, port, bodies, posts))
                taken_in.append((count_rows() - before) / (time.perf_counter() - began))
    p99 = [[load.quantile(0.99) for load in side[1:]] for side in (quiet, beside)]
    p50 = [statistics.median(load.quantile(0.5) for load in side[1:]) for side in (quiet, beside)]
    without, with_one = (statistics.median(side) for side in p99)
    details = {
        "posts_per_s": A_SECOND,
        "p50_ms": [round(one, 2) for one in p50],
        "p99_ms": [without, with_one],
        "imported_rows_per_s_meanwhile": round(statistics.median(taken_in[1:])),
        "p99_ratio_of_each_round": [round(b / q, 2) for q, b in zip(*p99, strict=True)],
    }
    name = f"p99 of single posts beside an import, {engine}"
    return Result(name, with_one / without, 3.0, "lower", details)


def _posts(place: Place, port: int, bodies: Iterator[bytes], count: int) -> Load:
    asked = [request("/v1/events", place.key, one.strip()) for one in islice(bodies, count)]
    return put_load(port, asked, CONNECTIONS, a_second=A_SECOND)


@contextmanager
def _worker(place: Place) -> Iterator[None]:
    """A process that ticks and works on imports."""
    command = [sys.executable, "-m", "app.cli", "worker"]
    worker = subprocess.Popen(command, env=environment_of(place), stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        worker.terminate()
        worker.wait()


@contextmanager
def _importing(place: Place, port: int, rows: int, seed: int) -> Iterator[Any]:
    """An import that is being worked on; yields how to ask how many rows it has taken in."""
    content = b"".join(lines(rows, datetime.now(UTC), seed=100 + seed))
    headers = {"Authorization": f"Bearer {place.key}"}
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=60) as client:
        kind = {"Content-Type": "application/x-ndjson"}
        made = client.post("/v1/imports", params={"history": True}, content=content, headers=kind)
        made.raise_for_status()
        path = f"/v1/imports/{made.json()['id']}"

        def count_rows() -> int:
            found = client.get(path).raise_for_status().json()
            assert found["state"] in ("queued", "running"), "the file was too small for the turn"
            return int(found["rows_ok"])

        while not count_rows():
            time.sleep(0.05)
        yield count_rows
        client.post(f"{path}/cancel").raise_for_status()
        while client.get(path).raise_for_status().json()["state"] in ("queued", "running"):
            time.sleep(0.05)
