"""Three rules from unsorted columns in memory: numpy alone against DuckDB, and what it takes.

Both find every trigger of three years, day by day as the semantics has it, and must agree on how
many there are and on which days in sum. DuckDB has its tables in memory and both cores; what it
is told to do is written by hand, and looks only at the days that matter (tests/duck.py).
"""

import json
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import numpy as np

from app.absences.holidays import swedish_holidays
from app.absences.policy import Policy
from app.population.population import Population
from app.population.prepare import prepare
from app.population.triggers import triggers_of_each
from app.rules.document import Leaf, Window
from benchmarks.employed import AS_OF, Numbers, population
from benchmarks.measure import Result, side_by_side
from tests import duck

ROUNDS = 5
POLICY = Policy(holidays=swedish_holidays())
RULES = {
    "6 in 12 months": Leaf(measure="episodes", window=Window(months=12), op="at_least", value=6),
    "3 in 183 days": Leaf(measure="episodes", window=Window(days=183), op="at_least", value=3),
    "bradford 200": Leaf(measure="bradford", window=Window(weeks=52), op="at_least", value=200),
}
COLUMNS = ("person_of", "employment", "first", "last", "extent", "kind")
GIB = 1 << 30


def run(full: bool) -> list[Result]:
    """The share of DuckDB's time, and the share of 6 GiB that it takes at most."""
    persons = 5_000_000 if full else 100_000
    people = population(persons)
    with duckdb.connect() as conn:
        duck.load(conn, people.employment, people.first, people.last, POLICY.holidays)
        answers: dict[str, duck.Summary] = {}
        ours, theirs = side_by_side(
            lambda: answers.update(numpy=summary(people)),
            lambda: answers.update(duckdb=duck.three_rules(conn)),
            ROUNDS,
        )
    assert answers["numpy"] == answers["duckdb"], "the two do not agree"
    details = {
        "persons": persons,
        "absences": len(people.first),
        "triggers": sum(number for _, _, number, _ in answers["numpy"]),
        "numpy_wall_s": round(ours.wall, 2),
        "numpy_cpu_s": round(ours.cpu, 2),
        "duckdb_wall_s": round(theirs.wall, 2),
        "duckdb_cpu_s": round(theirs.cpu, 2),
        "cpu_ratio": round(ours.cpu / theirs.cpu, 3),
    }
    peak = _peak_of_its_own(people)
    return [
        Result("three rules, numpy against DuckDB", ours.wall / theirs.wall, 0.5, "lower", details),
        Result(
            "peak memory of that, share of 6 GiB",
            peak / (6 * GIB),
            1.0,
            "lower",
            {"peak_mib": peak >> 20, "persons": persons},
        ),
    ]


def summary(people: Population) -> duck.Summary:
    """All triggers, as many and on such days, in the form of the other side."""
    found: duck.Summary = []
    prepared = prepare(people, POLICY, AS_OF)
    for name, asked in zip(RULES, triggers_of_each(prepared, list(RULES.values())), strict=True):
        for renewal in (False, True):
            days = asked.on[asked.renewal == renewal]
            found.append((name, renewal, len(days), int(days.sum(dtype=np.int64))))
    return found


def _peak_of_its_own(people: Population) -> int:
    """Bytes that a process takes at most which has the columns and does nothing else."""
    with TemporaryDirectory(prefix="bench") as folder:
        for name in COLUMNS:
            np.save(Path(folder, f"{name}.npy"), getattr(people, name))
        told = subprocess.run(
            [sys.executable, "-m", "benchmarks.rules_columns", folder],
            check=True,
            capture_output=True,
            text=True,
        )
    return int(json.loads(told.stdout)["peak"])


def main(folder: str) -> None:
    """In a process of its own: read the columns, find the triggers, say what it took."""
    columns = {name: np.load(Path(folder, f"{name}.npy")) for name in COLUMNS}
    summary(Population(persons=Numbers(len(columns["person_of"])), **columns))
    print(json.dumps({"peak": _peak()}))


def _peak() -> int:
    """Bytes of this process at most. What `getrusage` counts includes whoever began it."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    [line] = [line for line in status.read_text().splitlines() if line.startswith("VmHWM")]
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main(sys.argv[1])
