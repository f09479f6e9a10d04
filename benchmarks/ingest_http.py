"""Single posts: stored, judged and committed, against a route of the same app that does nothing.

Both are loaded in turn over 64 connections on one server process. The server's CPU is read from
the system; that of PostgreSQL is given beside it and is not part of the ratio.
"""

import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from sqlalchemy import text

from benchmarks.load import Load, put_load, request
from benchmarks.measure import Result
from benchmarks.places import ENGINES, Place, places
from benchmarks.population import lines
from benchmarks.served import NO_OP
from tests.kit import SECRET_KEYS

ROUNDS = 5
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Round:
    """One side of a round: the load, and CPU microseconds a request of server and PostgreSQL."""

    load: Load
    server: float
    database: float


def run(full: bool) -> list[Result]:
    """Rate and server CPU on both engines."""
    return [result for engine in ENGINES for result in _run(engine, 20_000 if full else 1_500)]


def _run(engine: str, count: int) -> list[Result]:
    with places(engine) as [place], served(place) as (port, pid):
        bodies = lines(count * (ROUNDS + 1), datetime.now(UTC))
        idle: list[Round] = []
        durable: list[Round] = []
        for _ in range(ROUNDS + 1):
            some = [line.strip() for line in islice(bodies, count)]
            for path, rounds in ((NO_OP, idle), ("/v1/events", durable)):
                asked = [request(path, place.key, body) for body in some]
                rounds.append(_measured(pid, place, port, asked))
    return _results(engine, idle[1:], durable[1:])


def _measured(pid: int, place: Place, port: int, asked: Sequence[bytes]) -> Round:
    server, database = cpu_of(pid), database_cpu(place)
    load = put_load(port, asked)
    spent = (cpu_of(pid) - server, database_cpu(place) - database)
    return Round(load, *(round(seconds / len(asked) * 1e6, 1) for seconds in spent))


def _results(engine: str, idle: Sequence[Round], durable: Sequence[Round]) -> list[Result]:
    rate = [statistics.median(r.load.rate for r in side) for side in (idle, durable)]
    server = [statistics.median(r.server for r in side) for side in (idle, durable)]
    details = {
        "no_op_per_s": round(rate[0]),
        "durable_per_s": round(rate[1]),
        "no_op_p50_p99_ms": _latency(idle),
        "durable_p50_p99_ms": _latency(durable),
        "no_op_server_cpu_us": server[0],
        "durable_server_cpu_us": server[1],
        "durable_postgresql_cpu_us": statistics.median(r.database for r in durable),
        "ratio_of_each_round": [
            round(d.load.rate / i.load.rate, 3) for i, d in zip(idle, durable, strict=True)
        ],
    }
    name = f"durable POST against no-op POST, {engine}"
    return [
        Result(f"{name}: rate", rate[1] / rate[0], 0.5, "higher", details),
        Result(f"{name}: server CPU", server[1] / server[0], 2.0, "lower"),
    ]


def _latency(rounds: Sequence[Round]) -> list[float]:
    return [round(statistics.median(r.load.quantile(q) for r in rounds), 2) for q in (0.5, 0.99)]


def environment_of(place: Place) -> dict[str, str]:
    """The environment of a process that works on the place's database."""
    return os.environ | {
        "OMTANKE_DATABASE_URL": place.settings.database_url,
        "OMTANKE_SECRET_KEYS": SECRET_KEYS,
    }


@contextmanager
def served(place: Place, *, background: bool = False) -> Iterator[tuple[int, int]]:
    """A server process on the place's database; its port and process id.

    With `background` it also ticks, delivers and works on imports.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    command = [sys.executable, "-m", "benchmarks.served", str(port)]
    command += ["background"] if background else []
    server = subprocess.Popen(command, env=environment_of(place))
    try:
        _wait_for(port)
        yield port, server.pid
    finally:
        server.terminate()
        server.wait()


def _wait_for(port: int, seconds: float = 120) -> None:
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and of its children that ended, from /proc."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / _TICKS


def database_cpu(place: Place) -> float:
    """CPU seconds of the place's PostgreSQL so far, all its processes; 0 on SQLite."""
    if place.engine == "sqlite":
        return 0.0
    with place.ctx.database.read() as conn:
        backend = conn.execute(text("SELECT pg_backend_pid()")).scalar_one()
    parent = _parent(backend)
    assert parent is not None, "PostgreSQL runs on this machine"
    living = [int(p.name) for p in Path("/proc").iterdir() if p.name.isdigit()]
    return cpu_of(parent) + sum(cpu_of(pid) for pid in living if _parent(pid) == parent)


def _parent(pid: int) -> int | None:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()[1])
    except OSError:
        return None
