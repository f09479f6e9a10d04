"""Measuring two things side by side: interleaved, repeated, CPU time beside wall time."""

import gc
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

REPEATS = 7


@dataclass(frozen=True)
class Result:
    """A ratio, its goal, and which way is better."""

    name: str
    ratio: float
    goal: float
    better: Literal["higher", "lower"]
    details: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """In the form of `bench --json`."""
        return {
            "name": self.name,
            "ratio": round(self.ratio, 4),
            "goal": self.goal,
            "better": self.better,
            "details": self.details,
        }

    def line(self) -> str:
        """For people."""
        met = self.ratio >= self.goal if self.better == "higher" else self.ratio <= self.goal
        return (
            f"{self.name}: {self.ratio:.3f} (goal {self.goal}, {self.better} is better) "
            f"{'met' if met else 'MISSED'}"
        )


@dataclass(frozen=True)
class Times:
    """Medians of several runs, in seconds."""

    wall: float
    cpu: float


def side_by_side(
    one: Callable[[], object], other: Callable[[], object], repeats: int = REPEATS
) -> tuple[Times, Times]:
    """Both, in turn, after one run each that does not count."""
    runs: tuple[list[Times], list[Times]] = ([], [])
    for repeat in range(repeats + 1):
        for place, work in enumerate((one, other)):
            taken = timed(work)
            if repeat:
                runs[place].append(taken)
    return _median(runs[0]), _median(runs[1])


def timed(work: Callable[[], object]) -> Times:
    """One run of it, with no garbage of others to collect."""
    gc.collect()
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return Times(time.perf_counter() - wall, time.process_time() - cpu)


def _median(runs: list[Times]) -> Times:
    return Times(statistics.median(r.wall for r in runs), statistics.median(r.cpu for r in runs))
