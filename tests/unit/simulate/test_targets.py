"""What is simulated meets the published figures, measured from the events."""

import dataclasses
from datetime import date

import pytest

from app.absences.holidays import swedish_holidays
from app.absences.policy import Policy
from app.simulate import targets
from app.simulate.profiles import PROFILES, KindOfPopulation
from app.simulate.simulation import Simulation
from app.simulate.targets import Sample, Target, measured
from tests.kit import event
from tests.unit.simulate.made import events_of

LAST_DAY = date(2026, 3, 1)


def figures(simulation: Simulation) -> dict[str, Target]:
    people, (first, last) = simulation.people, simulation.days
    sample = Sample({people.number(row): (people.period(row),) for row in range(len(people))})
    for _, arrived in simulation.arrivals():
        sample.add(arrived)
    policy = Policy(holidays=swedish_holidays())
    found = measured(sample, policy, simulation.kind, first_day=first, last_day=last)
    return {target.name: target for target in found}


class TestTheTargets:
    @pytest.mark.parametrize(
        ("kind", "employees", "years", "seed"),
        [
            ("municipality", 1000, 3, 1),
            ("municipality", 2400, 1, 2),
            ("municipality", 500, 5, 3),
            ("country", 1000, 3, 4),
            ("country", 2400, 1, 5),
        ],
    )
    def test_are_met_by_several_seeds_and_sizes(
        self, kind: KindOfPopulation, employees: int, years: int, seed: int
    ) -> None:
        found = figures(Simulation(employees, years, seed, LAST_DAY, kind))
        assert len(found) == 8
        assert [target.line() for target in found.values() if not target.met] == []

    def test_are_those_of_a_population_too_small_to_tell(self) -> None:
        assert {target.met for target in figures(Simulation(30, 2, 1, LAST_DAY)).values()} == {None}

    def test_are_missed_by_another_population(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Half as often ill: the figures say so, and nothing hides it."""
        seldom = dataclasses.replace(PROFILES["municipality"], absences=0.7)
        monkeypatch.setitem(PROFILES, "municipality", seldom)
        found = figures(Simulation(1000, 3, 1, LAST_DAY))
        assert found["episodes per employee and quarter"].met is False
        assert found["employees without an episode in a year, share"].met is False


class TestMeasuring:
    def test_counts_by_hand(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Two employees and one year: one ill on a Monday in March, on Friday and Monday (one
        episode) in July, and for nine days from a Tuesday in September; the other never."""
        monkeypatch.setattr(targets, "_ENOUGH", 0)
        said = [
            event("2025-03-03"),
            event("2025-07-04"),
            event("2025-07-07"),
            event("2025-09-02", last_day="2025-09-10"),
            event("2025-05-05", absence="off", id="off"),
            event("2025-05-05", absence="off", id="off-2", type="absence.cancelled",
                  first_day=..., last_day=...),
        ]  # fmt: skip
        first, last = date(2025, 1, 1).toordinal(), date(2025, 12, 31).toordinal()
        sample = Sample({"1001": ((first, None),), "1002": ((first, last),)})
        sample.add(events_of(said))
        found = measured(sample, Policy(), "municipality", first_day=first, last_day=last)
        values = [round(target.value, 4) for target in found]
        quarters = 2 * 365 / (365.25 / 4)
        q1, q3 = 1 / 90, 2 / 92
        expected = [3 / quarters, 3 / quarters, 2 / 3, 1 / 3, 1 / 3, 1 / 3, q1 / q3, 1 / 2]
        assert values == [round(value, 4) for value in expected]
