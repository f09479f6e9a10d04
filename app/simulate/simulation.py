"""One simulation: its people, and what arrives on each day.

Pure. The same plan gives the same events, in any run and on any machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from app.intake.event import Event
from app.rules.windows import months_before
from app.simulate.population import NEVER, Population, make_population
from app.simulate.profiles import PROFILES, RATES, KindOfPopulation, Profile, Rates
from app.simulate.reports import reports
from app.simulate.sickness import Onsets, onsets


@dataclass(frozen=True)
class Simulation:
    """So many employees at a time over the years that end with `last_day`; all begin healthy."""

    employees: int
    years: int
    seed: int
    last_day: date
    kind: KindOfPopulation = "municipality"
    rates: Rates = RATES

    @property
    def days(self) -> tuple[int, int]:
        """The first and the last day, as ordinals."""
        before = months_before(self.last_day, 12 * self.years)
        return before.toordinal() + 1, self.last_day.toordinal()

    @property
    def profile(self) -> Profile:
        """The figures behind it."""
        return PROFILES[self.kind]

    @cached_property
    def people(self) -> Population:
        """Everybody who is employed on some day of it."""
        first, last = self.days
        return make_population(
            self.profile, self.employees, first_day=first, last_day=last, seed=self.seed
        )

    def onsets(self) -> Iterator[Onsets]:
        """The absences as they are, in columns, day by day: quicker than what is said of them."""
        first, last = self.days
        return onsets(self.people, self.profile, first_day=first, last_day=last, seed=self.seed)

    def arrivals(self) -> Iterator[tuple[int, list[Event]]]:
        """What arrives on each day."""
        last = self.days[1]
        return reports(self.onsets(), self.people, last_day=last, seed=self.seed, rates=self.rates)

    def worse(self) -> Iterator[dict[str, str]]:
        """The truth that no event tells: who and which units got worse, and from when."""
        people = self.people
        for row in people.got_worse().tolist():
            unit = people.unit_name(int(people.unit[row]))
            yield {"employee": people.number(row), "unit": unit} | _since(people.worse_from[row])
        for number, day in enumerate(people.unit_worse_from.tolist()):
            if day != NEVER:
                yield {"unit": people.unit_name(number)} | _since(day)

    def roster(self) -> Iterator[tuple[str, str, str, str]]:
        """Everybody's number, unit, first and last day of employment (empty: still there)."""
        people = self.people
        for row in range(len(people)):
            first, last = people.period(row)
            ends = "" if last is None else date.fromordinal(last).isoformat()
            unit = people.unit_name(int(people.unit[row]))
            yield people.number(row), unit, date.fromordinal(first).isoformat(), ends


def _since(day: int) -> dict[str, str]:
    return {"worse_from": date.fromordinal(int(day)).isoformat()}
