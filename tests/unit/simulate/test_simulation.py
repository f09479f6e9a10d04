"""The simulated events: the same for the same seed, of the contract, and unequal as life is."""

import hashlib
from collections import Counter, defaultdict
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import numpy as np
import pytest

from app.absences.fold import fold
from app.intake.event import Event
from app.intake.lines import read_line
from app.simulate import chance
from app.simulate.population import NEVER
from app.simulate.profiles import PROFILES, RATES, SETTLED_AFTER
from app.simulate.simulation import Simulation
from app.simulate.writers import line

LAST_DAY = date(2026, 3, 1)
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def place() -> Simulation:
    return Simulation(1500, 3, 11, LAST_DAY)


@pytest.fixture(scope="module")
def arrived(place: Simulation) -> list[tuple[int, Event]]:
    return [(day, event) for day, events in place.arrivals() for event in events]


@pytest.fixture(scope="module")
def told(arrived: list[tuple[int, Event]]) -> dict[str, dict[str, Event]]:
    """The events of each absence, by id."""
    found: defaultdict[str, dict[str, Event]] = defaultdict(dict)
    for _, event in arrived:
        found[event.absence].setdefault(event.id, event)
    return found


def digest(simulation: Simulation) -> str:
    text = "".join(line(event) for _, events in simulation.arrivals() for event in events)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class TestASeed:
    def test_gives_the_same_to_the_last_byte_on_any_machine(self) -> None:
        """The digest is written down: whatever changes it makes other data of the same seed."""
        assert digest(Simulation(50, 1, 7, LAST_DAY)) == "0ce61a609c00980e"
        assert digest(Simulation(50, 1, 7, LAST_DAY, "country")) == "58a3608a55b20115"

    def test_gives_something_else_than_another(self) -> None:
        assert digest(Simulation(50, 1, 7, LAST_DAY)) != digest(Simulation(50, 1, 8, LAST_DAY))


class TestADrawnValue:
    def test_lies_on_the_straight_line_between_two_of_its_table(self) -> None:
        table = ((0.0, 1.0), (0.5, 3.0), (1.0, 13.0))
        values = chance.drawn(table, np.array([0.0, 0.25, 0.5, 0.75, 1.0]))
        assert values.tolist() == [1.0, 2.0, 3.0, 8.0, 13.0]


class TestPeople:
    def test_are_about_as_many_on_every_day(self, place: Simulation) -> None:
        people, (first, last) = place.people, place.days
        for day in (first, (first + last) // 2, last):
            at_work = int(((people.first <= day) & (day <= people.last)).sum())
            assert 0.97 * 1500 <= at_work <= 1500

    def test_are_replaced_when_they_leave(self, place: Simulation) -> None:
        left = int((place.people.last != NEVER).sum())
        assert 0.8 <= left / (1500 * 36 * PROFILES["municipality"].leaving) <= 1.2
        assert len(place.people) - 1500 == pytest.approx(left, rel=0.15)

    def test_work_in_units_of_their_size(self, place: Simulation) -> None:
        sizes = Counter(place.people.unit[:1500].tolist()).most_common()
        least, most = PROFILES["municipality"].unit_size
        assert all(least <= size <= most for _, size in sizes[:-1])


class TestEvents:
    def test_are_of_the_contract(self, arrived: list[tuple[int, Event]]) -> None:
        """Each line is read by the reader of imports as the very event."""
        now = datetime.combine(LAST_DAY, time(23), UTC)
        for _, event in arrived[::7]:
            assert read_line(line(event).encode(), now) == event

    def test_arrive_on_or_soon_after_the_day_they_are_said(
        self, arrived: list[tuple[int, Event]]
    ) -> None:
        for day, event in arrived:
            assert 0 <= day - event.occurred_at.date().toordinal() <= 3

    def test_make_absences_of_one_person_that_do_not_overlap(
        self, told: dict[str, dict[str, Event]]
    ) -> None:
        by_person: defaultdict[str, list[tuple[date, date]]] = defaultdict(list)
        for events in told.values():
            absence = fold(events.values())
            if not absence.cancelled and absence.first_day:
                last = absence.last_day or LAST_DAY
                if absence.first_day <= last:
                    employee = next(iter(events.values())).employee
                    by_person[employee].append((absence.first_day, last))
        for stretches in by_person.values():
            assert all(a[1] < b[0] for a, b in pairwise(sorted(stretches)))

    def test_lie_within_the_employment(
        self, place: Simulation, told: dict[str, dict[str, Event]]
    ) -> None:
        periods = {n: (first, last or "9") for n, _, first, last in place.roster()}
        for events in told.values():
            absence, event = fold(events.values()), next(iter(events.values()))
            first, last = periods[event.employee]
            assert absence.first_day is not None
            assert first <= absence.first_day.isoformat()
            assert absence.last_day is None or absence.last_day.isoformat() <= last

    def test_are_late_corrected_cancelled_and_sent_again_at_the_stated_rates(
        self, arrived: list[tuple[int, Event]], told: dict[str, dict[str, Event]]
    ) -> None:
        found: Counter[str] = Counter()
        for events in told.values():
            said = sorted(events.values(), key=lambda event: event.order)
            report = said[0]
            gap = report.occurred_at.date() - report.said["first_day"]
            ends = report.said["last_day"] is not None
            found["late"] += gap > DAY and not ends
            found["cancelled"] += said[-1].type == "absence.cancelled"
            found["corrected"] += any(
                event.type == "absence.changed" and "extent_from" not in event.said
                for event in said
            )
        repeats = len(arrived) - sum(map(len, told.values()))
        count = len(told)
        assert found["cancelled"] / count == pytest.approx(RATES.cancelled, rel=0.2)
        assert found["corrected"] / count == pytest.approx(RATES.corrected, rel=0.2)
        assert repeats / count == pytest.approx(RATES.resent, rel=0.3)
        assert 0 < found["late"] / count < RATES.late

    def test_say_nothing_more_of_a_day_when_it_is_settled(
        self, told: dict[str, dict[str, Event]]
    ) -> None:
        """What files that are written once count on."""
        for events in told.values():
            for event in events.values():
                said_on = event.occurred_at.date()
                days = [v for name, v in event.said.items() if isinstance(v, date)]
                if event.type == "absence.cancelled":
                    days = [v.said["first_day"] for v in events.values() if "extent" in v.said]
                assert all(said_on - day < timedelta(days=SETTLED_AFTER) for day in days)

    def test_tell_nothing_of_the_truth(self, arrived: list[tuple[int, Event]]) -> None:
        said = {name for _, event in arrived for name in event.said}
        assert said == {"first_day", "last_day", "well_from", "extent", "extent_from", "kind"}
        assert {event.type for _, event in arrived} == {
            "absence.reported",
            "absence.changed",
            "absence.ended",
            "absence.cancelled",
        }


class TestRisk:
    def test_is_unequal_between_people(self, place: Simulation) -> None:
        """By chance alone the variance of the counts would be as large as their mean."""
        counts = np.zeros(len(place.people))
        for begun in place.onsets():
            counts[begun.who] += 1
        stayed = counts[:1500][place.people.last[:1500] == NEVER]
        assert stayed.var() > 3 * stayed.mean()

    def test_rises_for_those_who_get_worse_and_for_them_alone(self, place: Simulation) -> None:
        people, (first, last) = place.people, place.days
        worse = set(people.got_worse().tolist())
        before, after = Counter[bool](), Counter[bool]()
        middle = (first + last) // 2
        for begun in place.onsets():
            for who in begun.who.tolist():
                since = int(people.worse_from[who]) if who in worse else middle
                if -365 <= begun.day - since < 0:
                    before[who in worse] += 1
                elif 90 <= begun.day - since < 455:
                    after[who in worse] += 1
        assert after[True] > 2 * before[True]
        assert after[False] < 1.4 * before[False]

    def test_differs_between_units(self, place: Simulation) -> None:
        people = place.people
        begun: Counter[int] = Counter()
        for onsets in place.onsets():
            begun.update(people.unit[onsets.who].tolist())
        sizes = Counter(people.unit[:1500].tolist())
        rates = sorted(begun[unit] / size for unit, size in sizes.items() if size >= 12)
        assert rates[-3] > 2 * rates[2]


class TestTheTruth:
    def test_names_who_got_worse_and_from_when(self, place: Simulation) -> None:
        truth = list(place.worse())
        numbers = {row[0] for row in place.roster()}
        people = [one for one in truth if "employee" in one]
        assert {one["employee"] for one in people} <= numbers
        assert 0.7 <= len(people) / (1500 * 3 * PROFILES["municipality"].worse) <= 1.3
        assert all("2023-03-02" <= one["worse_from"] <= "2026-03-01" for one in truth)
        assert len(truth) > len(people)
