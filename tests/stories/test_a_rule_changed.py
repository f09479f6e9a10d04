"""An employer lowers its limit from six to five: tested, tried in shadow, and taken back."""

from typing import Any

from tests.kit import Caller, Employer, Service, event

SPRING = ("2025-09-01", "2025-10-06", "2025-11-17", "2026-01-12", "2026-03-02", "2026-03-30")
"""Six one-day episodes within twelve months."""


def rule(op: str, value: int, **more: Any) -> dict[str, Any]:
    when = {"measure": "episodes", "window": {"months": 12}, "op": op, "value": value}
    return {"id": "again-and-again", "when": when, "action": "refer"} | more


def ill(day: str) -> dict[str, Any]:
    return {"type": "absence.reported", "absence": day, "first_day": day, "last_day": day}


TESTS = [
    {
        "name": "the fifth episode within a year",
        "events": [ill(day) for day in SPRING[:5]],
        "as_of": "2026-03-31",
        "triggers": [{"on": SPRING[4], "kind": "crossing", "accepted": True}],
    },
    {
        "name": "four are nobody's concern",
        "events": [ill(day) for day in SPRING[:4]],
        "as_of": "2026-03-31",
        "triggers": [],
    },
]


def is_ill(employer: Employer, who: str, *days: str) -> list[str]:
    """One-day illnesses, reported that morning; the flags they raised."""
    said = [event(day, employee=who, absence=f"{who}-{day}") for day in days]
    return [flag for answer in employer.batch(*said) for flag in answer["flags"]]


def flags(employer: Employer) -> list[tuple[str, int, str]]:
    """The day, the version and the state of every flag, in the order raised."""
    listed = employer.items("/v1/flags")
    return [(flag["on"], flag["rule_version"], flag["state"]) for flag in listed]


def if_match(caller: Caller, path: str) -> dict[str, Any]:
    return {"headers": {"If-Match": caller("GET", path).headers["etag"]}}


def test_a_limit_is_lowered_tried_and_taken_back(service: Service) -> None:
    service.set_day("2025-09-01")
    employer = service.employer(release="manual", preset=None)
    author = employer.key_for("rules:write")

    # Six short episodes in twelve months: so it has been. Anna and Bo are often ill.
    path = f"/v1/rules/{employer.rule(rule('at_least', 6))}"
    for day in SPRING[:4]:
        service.set_day(day)
        assert is_ill(employer, "anna", day) == is_ill(employer, "bo", day) == []

    # "Five", says the new policy, and HR writes it down, with what it is to mean as its tests.
    service.set_day("2026-02-02")
    wrong = rule("more_than", 5, tests=TESTS)
    said = author.ok("POST", "/v1/rules/check", wrong)
    assert (said["valid"], said["errors"]) == (True, [])
    assert said["words"]["sv"].startswith(
        "Vid fler än fem korta sjukfrånvarotillfällen under tolv månader erbjuds medarbetaren "
    )
    assert [test["passed"] for test in said["tests"]] == [False, True]

    # Whoever stores it all the same cannot put it in force: more than five is not five.
    seen = if_match(author, path)
    assert author.ok("POST", f"{path}/versions", wrong, **seen)["version"] == 2
    refused = author.refused(409, "POST", f"{path}/activate", {"version": 2})
    assert refused["code"] == "rule_tests_failed"
    [failed] = refused["tests"]
    assert failed["name"] == "the fifth episode within a year"
    assert failed["differences"] == [{"rung": 1, "on": SPRING[4], "problem": "missing"}]
    assert author.ok("GET", path)["version"] == 1

    # Corrected. Who still looks at the rule as it was before that would overwrite a colleague.
    right = rule("at_least", 5, tests=TESTS)
    assert author.refused(412, "POST", f"{path}/versions", right, **seen)["code"] == "stale_write"
    made = author.ok("POST", f"{path}/versions", right, **if_match(author, path))
    assert (made["version"], [test["passed"] for test in made["tests"]]) == (3, [True, True])
    assert author("POST", f"{path}/versions", right).status_code == 200  # the same is the same

    # First it runs in shadow for two months, beside the version that acts.
    shadow = {"version": 3, "mode": "shadow", "shadow_until": "2026-03-31"}
    running = author.ok("POST", f"{path}/activate", shadow)
    assert (running["version"], running["state"]) == (1, "active")
    assert running["shadow"] == {"version": 3, "from": "2026-02-02", "until": "2026-03-31"}
    service.set_day(SPRING[4])
    assert is_ill(employer, "anna", SPRING[4]) == is_ill(employer, "bo", SPRING[4]) == []
    service.set_day(SPRING[5])
    [old] = is_ill(employer, "bo", SPRING[5])
    assert flags(employer) == [(SPRING[5], 1, "open")]
    assert employer.messages() == ["flag.raised"]

    # What would it have done? Bo is flagged either way, four weeks earlier; Anna by it alone.
    told = author.ok("GET", f"{path}/shadow")
    assert told["comparison"] == {"both": 1, "only_shadow": 1, "only_live": 0}
    assert told["items"] == []  # whoever may not read cases is told in numbers
    people = employer.items(f"{path}/shadow")
    assert [one["compared"] for one in people] == ["only_shadow", "both"]
    decided = [[(d["on"], d["outcome"]) for d in one["decisions"]] for one in people]
    assert decided[0] == [(SPRING[4], "raised")]
    assert decided[1] == [(SPRING[4], "raised"), (SPRING[5], "rearm")]
    assert [flag["flag_id"] for flag in people[1]["flags"]] == [old]

    # An illness of Anna's was a mistake: in shadow, too, what it brought about is taken back.
    mistake = event(SPRING[0], employee="anna", absence=f"anna-{SPRING[0]}")
    cancelled = {
        "id": "mistake",
        "type": "absence.cancelled",
        "occurred_at": "2026-03-30T09:00:00Z",
    }
    gone = {name: value for name, value in mistake.items() if not name.endswith("_day")}
    employer.post(gone | cancelled)
    comparison = author.ok("GET", f"{path}/shadow")["comparison"]
    assert comparison == {"both": 1, "only_shadow": 0, "only_live": 0}

    # Before it acts HR asks what it will do: nothing at once, and nothing about what is past.
    service.set_day("2026-04-01")
    before = author.ok("POST", f"{path}/activate/preview", {"version": 3})
    [rung] = before["rungs"]
    assert before["employees"] == 2
    assert (rung["flagged"], rung["inhibited"], rung["suppressed"]) == (0, 0, 0)
    assert sum(month["accepted"] for month in rung["months"]) == 1
    live = author.ok("POST", f"{path}/activate", {"version": 3}, **if_match(author, path))
    assert (live["version"], live["state"], live["live_from"]) == (3, "active", "2026-04-01")
    service.tick()
    assert flags(employer) == [(SPRING[5], 1, "open")]
    service.set_day("2026-04-13")
    assert len(is_ill(employer, "anna", "2026-04-13")) == 1
    assert is_ill(employer, "bo", "2026-04-13") == []  # the flag of the version before counts
    assert flags(employer) == [(SPRING[5], 1, "open"), ("2026-04-13", 3, "open")]

    # The union had not been heard. Back to six: what five has raised stays with people.
    service.set_day("2026-04-20")
    back = author.ok("POST", f"{path}/activate", {"version": 1})
    assert (back["version"], back["live_from"]) == (1, "2026-04-20")
    service.tick()
    assert flags(employer) == [(SPRING[5], 1, "open"), ("2026-04-13", 3, "open")]
    service.set_day("2026-04-27")
    five = ("2026-02-09", "2026-02-23", "2026-03-09", "2026-03-23", "2026-04-27")
    assert is_ill(employer, "cia", *five) == []
    states = {one["version"]: one["state"] for one in employer.items(f"{path}/versions")}
    assert states == {1: "active", 2: "draft", 3: "retired"}
    assert "flag.withdrawn" not in employer.messages()
