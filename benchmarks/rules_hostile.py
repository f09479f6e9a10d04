"""Rule documents that no person wrote, sent to a process that serves: how soon each is refused.

The CPU is that of the server process, read from the system; a figure is the median of some rounds.
"""

import json
import statistics
import time
from pathlib import Path

from benchmarks.ingest_http import served
from benchmarks.measure import Result, Times
from benchmarks.places import places
from tests.rawclient import Raw
from tests.system.hostile_rules import HOSTILE, ONE, rule

ROUNDS = 7
LIMIT_MS = 50
SHOWN = 6
_ENOUGH = 256 * 1024
"""Of a body that is too large no more is sent: the answer comes before it has been read."""


def run(full: bool) -> list[Result]:
    """The slowest of them all, SQLite: CPU, and the wall time that whoever sends it sees."""
    took: dict[str, Times] = {}
    with places("sqlite") as [place], served(place) as (port, pid):
        rule_id = _made(port, place.key)
        for what, hostile in HOSTILE.items():
            for path in hostile.paths:
                sent = (path.format(rule_id=rule_id), hostile.text.encode(), hostile.status)
                rounds = [_refused(port, pid, place.key, *sent) for _ in range(ROUNDS + 1)]
                took[f"{what}, {path}"] = _median(rounds[1:])
    return [
        _result("CPU", {what: t.cpu for what, t in took.items()}, took, full),
        _result("wall", {what: t.wall for what, t in took.items()}, took, full),
    ]


def _result(kind: str, seconds: dict[str, float], took: dict[str, Times], full: bool) -> Result:
    """`full`: with the figures of every document, else of the slowest."""
    slowest = sorted(seconds, key=lambda what: -seconds[what])
    details = {
        what: f"{took[what].wall * 1000:.1f} ms wall, {took[what].cpu * 1000:.1f} ms CPU"
        for what in (slowest if full else slowest[:SHOWN])
    }
    name = f"slowest refusal of a hostile rule document, share of {LIMIT_MS} ms: {kind}"
    return Result(name, seconds[slowest[0]] * 1000 / LIMIT_MS, 1.0, "lower", details)


def _made(port: int, key: str) -> str:
    """A rule to send further versions of; answers its id."""
    status, said = _sent(port, key, "/v1/rules", rule(ONE.replace("5", "9")).encode())
    assert status == 201, said
    return str(json.loads(said)["id"])


def _refused(port: int, pid: int, key: str, path: str, body: bytes, status: int) -> Times:
    cpu, wall = _cpu_of(pid), time.perf_counter()
    answer, said = _sent(port, key, path, body)
    taken = Times(time.perf_counter() - wall, _cpu_of(pid) - cpu)
    assert answer == status, said[:300]
    return taken


def _sent(port: int, key: str, path: str, body: bytes) -> tuple[int, bytes]:
    with Raw(port, key) as raw:
        raw.begin(path, "application/json", len(body))
        raw.socket.sendall(body[:_ENOUGH])
        status, _, said = raw.answer()
    return status, said


def _cpu_of(pid: int) -> float:
    """CPU seconds of a process, to the microsecond: those of its threads that live."""
    threads = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text("ascii").split()[0]) for thread in threads) / 1e9


def _median(rounds: list[Times]) -> Times:
    return Times(
        statistics.median(one.wall for one in rounds), statistics.median(one.cpu for one in rounds)
    )
