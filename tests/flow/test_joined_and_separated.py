"""Random events over several employments of one person, held against one employee who had all of
them, and against a world in which nobody ever joined them."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from tests.kit import Employer, Service, event

BEGIN = date(2025, 9, 1)
NUMBERS = ("1001", "1002", "1003")
ROUNDS = 2
RULE = {
    "id": "often",
    "when": {"measure": "episodes", "window": {"days": 60}, "op": "at_least", "value": 2},
    "action": "refer",
    "service": "health_talk",
    "rearm_days": 30,
}
"""Fires often, so that there is something to join."""


def story(chance: random.Random, employments: int) -> list[tuple[date, dict[str, Any]]]:
    """Short spells over half a year, some told again or cancelled, each of one employment."""
    told = []
    for n in range(chance.randint(7, 12)):
        first = BEGIN + timedelta(days=chance.randint(0, 200))
        last = first + timedelta(days=chance.choice([0, 0, 1, 2, 4]))
        said = {
            "employee": NUMBERS[chance.randrange(employments)],
            "absence": f"a-{n}",
            "last_day": last.isoformat(),
            "extent": chance.choice([100, 50]),
        }
        told.append((last, event(first.isoformat(), **said)))
        if chance.random() < 0.2:
            gone = {"type": "absence.cancelled", "first_day": ..., "last_day": ..., "extent": ...}
            day = last + timedelta(days=chance.randint(0, 30))
            told.append((day, event(first.isoformat(), **said | gone, occurred_on=day)))
    return sorted(told, key=lambda one: one[0])


def triggers(employer: Employer, employee_id: str) -> list[tuple[str, str, bool]]:
    shown = employer.ok("GET", f"/v1/employees/{employee_id}/evaluation")
    return [(t["on"], t["kind"], t["accepted"]) for r in shown["rules"] for t in r["triggers"]]


def standing(employer: Employer, numbers: dict[str, str]) -> list[tuple[str, str, str]]:
    by_id = {employee_id: number for number, employee_id in numbers.items()}
    return sorted(
        (by_id[flag["employee_id"]], flag["on"], flag["state"])
        for flag in employer.items("/v1/flags")
        if flag["state"] != "withdrawn"
    )


def put(employer: Employer, *numbers: str) -> dict[str, str]:
    listed = [{"employee": number} for number in numbers]
    items = employer.ok("PUT", "/v1/employees", listed)["items"]
    return {one["employee"]: one["id"] for one in items}


@pytest.mark.parametrize("release", ["manual", "automatic"])
def test_the_person_is_judged_as_one_and_separated_as_if_never_joined(
    service: Service, release: str
):
    for seed in range(ROUNDS):
        chance = random.Random(f"{release}-{seed}")
        employments = chance.randint(2, 3)
        numbers = NUMBERS[:employments]
        service.set_day(BEGIN)
        one, apart, joined = (service.employer(release, None) for _ in range(3))
        for employer in (one, apart, joined):
            employer.rule(RULE, live_from=BEGIN.isoformat())
        [whole] = put(one, "1001").values()
        never, known = put(apart, *numbers), put(joined, *numbers)
        told = story(chance, employments)
        when = chance.randrange(len(told) // 2, len(told))
        for place, (day, said) in enumerate(told):
            service.set_day(day)
            one.post(said | {"employee": "1001"})
            apart.post(said)
            joined.post(said)
            if place == when:
                for other in numbers[1:]:
                    path = f"/v1/employees/{known[numbers[0]]}/join"
                    joined.ok("POST", path, {"with": known[other]})
                for employee_id in known.values():
                    assert triggers(joined, employee_id) == triggers(one, whole), seed
                for other in numbers[1:]:
                    joined.ok("POST", f"/v1/employees/{known[other]}/separate")
        for number in numbers:
            assert triggers(joined, known[number]) == triggers(apart, never[number]), seed
        assert standing(joined, known) == standing(apart, never), seed
