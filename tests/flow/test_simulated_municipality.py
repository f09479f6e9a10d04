"""Every trigger and every flag of a simulated municipality, held against the naive oracle.

A small one by default; `--municipality 10000` is the whole, of which a twentieth lives through
the years delivery by delivery. `-s` shows what was compared.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice

import pytest

from app.rules.cases import evaluate_case
from app.rules.presets import PRESETS
from tests import oracle
from tests.flow.importing import taken_in
from tests.kit import Employer, Service, settings_for
from tests.oracle.absences import fold
from tests.oracle.judgement import Policy, holds, leaves, read_periods, value_of
from tests.oracle.triggers import History
from tests.simulated import Municipality, Said, iso

YEARS, SEED, LAST_DAY = 3, 2026, "2026-03-01"
EVERY_RULE = [rule.to_json() for preset in PRESETS.values() for rule in preset.rules]
IN_FORCE = {"orust", "early-3-183", "ladder-1", "ladder-3", "early-return-3", "bradford-200"}
STEP = 28
"""Days between two deliveries of events, as of a payroll."""
AT_ONCE = 1000
MAX_AGE = 1_100
"""Days: longer than the three years."""
EXPLAINED = 20
"""Employees, at most, whose flags' evaluations are asked for over HTTP; of the whole, everybody."""

Key = tuple[str, str, str]
"""A flag by its rule, day and state."""


def municipality(request: pytest.FixtureRequest, few: int, share: int = 1) -> Municipality:
    """Of so many employees, or that part of those asked for."""
    asked = request.config.getoption("--municipality")
    return Municipality(asked // share if asked else few, YEARS, SEED, LAST_DAY)


def shown(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items())


def test_every_trigger_equals_the_oracles(request: pytest.FixtureRequest) -> None:
    """Groups, truths and triggers of every preset's rules, employee by employee."""
    place = municipality(request, 40)
    found: Counter[str] = Counter()
    for number in place.numbers:
        case = {
            "as_of": LAST_DAY,
            "policy": place.policy,
            "employment": place.employment[number],
            "events": place.events.get(number, []),
            "rules": EVERY_RULE,
        }
        expected = oracle.evaluate_case(case)
        assert evaluate_case(case) == expected, number
        triggers = [trigger for rule in expected["rules"] for trigger in rule["triggers"]]
        found.update(employees=1, events=len(case["events"]), episodes=len(expected["episodes"]))
        found.update(triggers=len(triggers), accepted=sum(t["accepted"] for t in triggers))
    assert found["triggers"] > found["employees"]
    print(f"compared: {shown(found)}")


def test_every_flag_equals_the_oracles(request: pytest.FixtureRequest, sqlite_url: str) -> None:
    """All three years come in as one file and may act; the flags are compared, and of some
    employees (of the whole municipality: of all) the evaluation of each flag's day."""
    place = municipality(request, 300)
    rules = [rule | {"max_age_days": MAX_AGE} for rule in EVERY_RULE if rule["id"] in IN_FORCE]
    with Service(settings_for(sqlite_url), today=LAST_DAY) as service:
        employer = an_employer(service, place, rules)
        ids = take_on(employer, place)
        done = taken_in(employer, b"".join(place.lines()))
        assert (done["state"], done["rows_failed"]) == ("done", 0)
        lives = [Life(place, number, rules) for number in place.events]
        for life in lives:
            life.hear(place.events[life.number])
            life.reach(LAST_DAY)
        expected = {life.number: life.flags for life in lives if life.flags}
        assert flags_of(employer, ids) == expected
        whole = request.config.getoption("--municipality")
        every = 1 if whole else 1 + len(expected) // EXPLAINED
        some = dict(islice(expected.items(), 0, None, every))
        judged = sum(explained(employer, place, rules, ids, some))
    states = Counter(state for keys in expected.values() for _, _, state in keys)
    assert {"open", "released", "inhibited"} <= states.keys()
    print(f"compared: {done['rows_total']} events, {shown(states)}; {judged} values explained")


def test_every_flag_of_those_who_live_through_it_equals_the_oracles(
    request: pytest.FixtureRequest, sqlite_url: str
) -> None:
    """The years go by, delivery by delivery: what was raised moves, or is withdrawn."""
    place = municipality(request, 40, share=20)
    rules = [rule for rule in EVERY_RULE if rule["id"] in IN_FORCE]
    with Service(settings_for(sqlite_url), today=iso(place.first)) as service:
        employer = an_employer(service, place, rules)
        ids = take_on(employer, place)
        expected = live_through(employer, place, rules)
        assert flags_of(employer, ids) == expected
    states = Counter(state for keys in expected.values() for _, _, state in keys)
    assert {"open", "withdrawn"} <= states.keys()
    print(f"compared: {len(ids)} employees, {shown(states)}")


def an_employer(service: Service, place: Municipality, rules: list[Said]) -> Employer:
    employer = service.employer(preset=None)
    for rule in rules:
        employer.rule(rule, live_from=iso(place.first))
    return employer


def flags_of(employer: Employer, ids: Mapping[str, str]) -> dict[str, list[Key]]:
    """All flags by employment number."""
    numbers = {employee_id: number for number, employee_id in ids.items()}
    found: defaultdict[str, list[Key]] = defaultdict(list)
    for flag in employer.items("/v1/flags"):
        found[numbers[flag["employee_id"]]].append((flag["rule"], flag["on"], flag["state"]))
    return {number: sorted(keys) for number, keys in found.items()}


def take_on(employer: Employer, place: Municipality) -> dict[str, str]:
    """Make everybody known with the employment; answers their ids by number."""
    everybody = [{"employee": n, "employment": periods} for n, periods in place.employment.items()]
    ids = {}
    for start in range(0, len(everybody), 200):
        chunk = everybody[start : start + 200]
        for known in employer.ok("PUT", "/v1/employees", chunk)["items"]:
            ids[known["employee"]] = known["id"]
    return ids


def live_through(
    employer: Employer, place: Municipality, rules: list[Said]
) -> dict[str, list[Key]]:
    """Deliver everything to the service, and to the oracle; answers the oracle's flags."""
    lives: dict[str, Life] = {}
    for today, told in place.steps(STEP):
        employer.service.set_day(today)
        for batch in batches(told):
            results = employer.batch(*batch)
            assert {one["status"] for one in results} <= {"created", "duplicate"}
        employer.service.tick()
        for number, events in told.items():
            if number not in lives:
                lives[number] = Life(place, number, rules)
            lives[number].hear(events)
        for life in lives.values():
            life.reach(today)
    return {number: life.flags for number, life in lives.items() if life.flags}


def batches(told: Mapping[str, list[Said]]) -> Iterator[list[Said]]:
    """What arrived, in batches that hold all of an employee's or nothing."""
    batch: list[Said] = []
    for events in told.values():
        if len(batch) + len(events) > AT_ONCE:
            yield batch
            batch = []
        batch += events
    if batch:
        yield batch


class Life:
    """One employee as the oracle sees it, looked at whenever something may have changed."""

    def __init__(self, place: Municipality, number: str, rules: list[Said]) -> None:
        self.number = number
        self.employment = place.employment[number]
        since = iso(place.first)
        self._rehearsal = oracle.Rehearsal(
            {
                "policy": place.policy,
                "employment": self.employment,
                "release": "automatic",
                "live_from": since,
                "rules": rules,
            }
        )
        self._events: list[Said] = []
        self._heard: list[Said] = []
        self._looked = since
        self.flags: list[Key] = []

    def hear(self, events: list[Said]) -> None:
        self._heard += events
        self._events += events

    def reach(self, today: str) -> None:
        if self._heard or self._goes_on(today):
            after = self._rehearsal.step({"today": today, "events": self._heard})
            self.flags = sorted(
                (flag["rule"], flag["on"], flag["state"]) for flag in after["flags"]
            )
        self._heard, self._looked = [], today

    def _goes_on(self, today: str) -> bool:
        """Whether time alone has brought sick days since the last look, or ended the employment."""
        looked = date.fromisoformat(self._looked)
        if any(self._looked <= p.get("last_day", "9999") < today for p in self.employment):
            return True
        return any(
            not absence.cancelled and (absence.last_day is None or absence.last_day > looked)
            for absence in fold(self._events)
        )


def explained(
    employer: Employer,
    place: Municipality,
    rules: list[Said],
    ids: Mapping[str, str],
    expected: Mapping[str, list[Key]],
) -> Iterator[int]:
    """Compare the evaluation on each flag's day: truth and values; answers how many values."""
    policy = Policy.read(place.policy)
    for number, keys in expected.items():
        history = History(place.events[number], policy, read_periods(place.employment[number]))
        for day in sorted({on for _, on, state in keys if state != "withdrawn"}):
            judged = history.on(date.fromisoformat(day))
            path = f"/v1/employees/{ids[number]}/evaluation?as_of={day}"
            said = {rule["rule"]: rule for rule in employer.ok("GET", path)["rules"]}
            for rule in rules:
                values = [value_of(leaf, judged) for leaf in leaves(rule["when"])]
                trace = said[rule["id"]]["trace"]
                assert trace["holds"] == holds(rule["when"], judged), (number, day, rule["id"])
                assert [c["value"] for c in trace["comparisons"]] == values, (number, day)
                yield len(values)
