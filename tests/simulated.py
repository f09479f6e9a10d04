"""A simulated municipality as tests hold it: its events in wire form, and who works there when."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from functools import cached_property
from typing import Any

from app.absences.holidays import swedish_holidays
from app.intake.event import Event, said_to_json
from app.simulate.simulation import Simulation
from app.simulate.writers import line

Said = dict[str, Any]


def iso(day: int) -> str:
    return date.fromordinal(day).isoformat()


def wire(event: Event) -> Said:
    """An event as a source sends it."""
    head = {
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "occurred_at": event.occurred_at.isoformat(),
        "employee": event.employee,
        "absence": event.absence,
    }
    return head | said_to_json(event.said)


class Municipality:
    """A simulation, asked for what tests need of it."""

    def __init__(self, employees: int, years: int, seed: int, last_day: str) -> None:
        self.simulation = Simulation(employees, years, seed, date.fromisoformat(last_day))
        self.first, self.last = self.simulation.days

    @cached_property
    def events(self) -> dict[str, list[Said]]:
        """All events of each employee who has any."""
        return self.by_employee(event for _, said in self.simulation.arrivals() for event in said)

    def lines(self) -> Iterator[bytes]:
        """All events as NDJSON, as they arrive."""
        return (line(event).encode() for _, said in self.simulation.arrivals() for event in said)

    def by_employee(self, events: Iterable[Event]) -> dict[str, list[Said]]:
        found: defaultdict[str, list[Said]] = defaultdict(list)
        for event in events:
            found[event.employee].append(wire(event))
        return dict(found)

    def steps(self, length: int) -> Iterator[tuple[str, dict[str, list[Said]]]]:
        """So many days at a time: the last of them, and what arrived, by employee."""
        waiting: list[Event] = []
        for day, arrived in self.simulation.arrivals():
            waiting += arrived
            if day == self.last or (day - self.first + 1) % length == 0:
                yield iso(day), self.by_employee(waiting)
                waiting = []

    @property
    def numbers(self) -> list[str]:
        people = self.simulation.people
        return [people.number(row) for row in range(len(people))]

    @cached_property
    def employment(self) -> dict[str, list[Said]]:
        """Everybody's periods, by number."""
        found = {}
        for number, _, first, last in self.simulation.roster():
            found[number] = [{"first_day": first} | ({"last_day": last} if last else {})]
        return found

    @cached_property
    def policy(self) -> Said:
        """What the service takes for days off without being told."""
        days = sorted(day for day in swedish_holidays() if self.first - 800 <= day <= self.last)
        return {"holidays": [iso(day) for day in days]}
