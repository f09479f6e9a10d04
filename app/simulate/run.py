"""Simulates into files, and measures what was written against the targets."""

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.absences.policy import Policy
from app.simulate.simulation import Simulation
from app.simulate.targets import Sample, Target, measured
from app.simulate.writers import Format, writer

MOST_MEASURED = 20_000
"""Employees, spread over all, whose events are kept for the measuring."""


@dataclass(frozen=True, slots=True)
class Files:
    """Where to write. `out`: a file, for PAXml a folder. `truth`: who got worse, as NDJSON.
    `roster`: units and employments, as CSV."""

    format: Format
    out: Path
    truth: Path | None = None
    roster: Path | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What was written and how it measures. `measured`: employees looked at for the targets."""

    employees: int
    events: int
    measured: int
    targets: tuple[Target, ...]
    files: tuple[str, ...]

    @property
    def missed(self) -> bool:
        """Whether some figure lies outside its range."""
        return any(target.met is False for target in self.targets)

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return {
            "employees": self.employees,
            "events": self.events,
            "measured": self.measured,
            "targets": [target.to_json() for target in self.targets],
            "files": list(self.files),
        }

    def words(self) -> str:
        """For people."""
        head = f"{self.events} events of {self.employees} employees in {len(self.files)} file(s)"
        rows = [target.line() for target in self.targets]
        return "\n".join([f"{head}; of {self.measured} employees:", *rows])


def simulate(
    simulation: Simulation,
    files: Files,
    *,
    holidays: Collection[int],
    told: Callable[[float], None] = lambda _: None,
) -> Report:
    """Write the files; raises OSError. `told` hears how far it is, 0 to 1."""
    people, (first, last) = simulation.people, simulation.days
    sample = _sample(simulation)
    folder = files.out if files.format == "paxml" else files.out.parent
    folder.mkdir(parents=True, exist_ok=True)
    out, events = writer(files.format, files.out), 0
    for day, arrived in simulation.arrivals():
        out.write(day, arrived)
        sample.add(arrived)
        events += len(arrived)
        told((day - first + 1) / (last - first + 1))
    written = [*out.close(last), *_beside(simulation, files)]
    policy = Policy(holidays=frozenset(holidays))
    figures = measured(sample, policy, simulation.kind, first_day=first, last_day=last)
    return Report(
        employees=len(people),
        events=events,
        measured=len(sample.employment),
        targets=tuple(figures),
        files=tuple(map(str, written)),
    )


def _sample(simulation: Simulation) -> Sample:
    people = simulation.people
    rows = range(0, len(people), -(-len(people) // MOST_MEASURED))
    return Sample({people.number(row): (people.period(row),) for row in rows})


def _beside(simulation: Simulation, files: Files) -> list[Path]:
    """The truth and the roster, where they are wanted."""
    if files.truth is not None:
        with files.truth.open("w", encoding="utf-8") as truth:
            truth.writelines(f"{json.dumps(one)}\n" for one in simulation.worse())
    if files.roster is not None:
        with files.roster.open("w", encoding="utf-8") as roster:
            roster.write("employee;unit;first_day;last_day\n")
            roster.writelines(f"{';'.join(row)}\n" for row in simulation.roster())
    return [path for path in (files.truth, files.roster) if path is not None]
