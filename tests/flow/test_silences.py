"""Silences: a reason and a last day, on whom they hold, and what is raised once they are over."""

from typing import Any

import pytest

from tests.flow.case import codes, employee
from tests.kit import FIVE, Employer, Service, event

TODAY = FIVE[-1]
NOTIFY = {
    "id": "three",
    "when": {"measure": "episodes", "window": {"months": 12}, "op": "at_least", "value": 3},
    "action": "notify",
}


@pytest.fixture
def employer(service: Service) -> Employer:
    """Manual release, one rule that refers at the fifth episode, employees of two units."""
    made = service.employer("manual", live_from="2026-01-05")
    units = [
        {"unit": "omsorg"},
        {"unit": "hemtjansten", "parent": "omsorg"},
        {"unit": "skolan"},
    ]
    made.ok("PUT", "/v1/units", units)
    employee(made, "1001", unit="hemtjansten")
    employee(made, "1002", unit="skolan")
    return made


def silence(employer: Employer, **named: Any) -> dict[str, Any]:
    body = {
        "first_day": "2026-03-01",
        "last_day": "2026-03-31",
        "reason": "rule_under_review",
        "decided_by": "HR 7",
    }
    answer: dict[str, Any] = employer.ok("POST", "/v1/silences", body | named)
    return answer


def end(employer: Employer, made: dict[str, Any], last_day: str | None = None) -> Any:
    body = {"ended_by": "HR 8"} | ({"last_day": last_day} if last_day else {})
    return employer.ok("POST", f"/v1/silences/{made['id']}/end", body)


def fifth(employer: Employer, *numbers: str) -> None:
    """Each of them is ill for the fifth time today."""
    employer.batch(*(event(day, employee=number) for number in numbers for day in FIVE))


def flags(employer: Employer) -> list[tuple[str, str, str | None]]:
    """Of each flag in the order raised: its rule, state and reason."""
    return [(f["rule"], f["state"], f["reason"]) for f in employer.items("/v1/flags")]


SILENT = ("orust", "suppressed", "rule_under_review")
OPEN = ("orust", "open", None)
LIFTED = ("orust", "withdrawn", "rule_under_review")


def find(employer: Employer, number: str) -> str:
    [found] = employer.ok("POST", "/v1/employees/search", {"employee": number})["items"]
    return str(found["id"])


class TestReach:
    def test_of_an_employee_is_about_them_alone(self, employer: Employer):
        silence(employer, employee_id=find(employer, "1001"))
        fifth(employer, "1001", "1002")
        assert flags(employer) == [SILENT, OPEN]
        assert employer.messages() == ["flag.raised"]

    @pytest.mark.parametrize("unit", ["hemtjansten", "omsorg"])
    def test_of_a_unit_is_about_whoever_is_in_it_or_below_it(self, employer: Employer, unit: str):
        silence(employer, unit=unit)
        fifth(employer, "1001", "1002")
        assert flags(employer) == [SILENT, OPEN]

    def test_of_a_rule_is_about_everybody_and_about_that_rule_alone(self, employer: Employer):
        employer.rule(NOTIFY)
        by_name = {rule["rule"]: rule["id"] for rule in employer.items("/v1/rules")}
        silence(employer, rule_id=by_name["orust"])
        fifth(employer, "1001")
        assert sorted(flags(employer)) == [SILENT, ("three", "open", None)]

    def test_that_names_several_holds_where_all_fit(self, employer: Employer):
        [rule] = employer.items("/v1/rules")
        silence(employer, unit="hemtjansten", rule_id=rule["id"])
        fifth(employer, "1001", "1002")
        assert flags(employer) == [SILENT, OPEN]

    def test_is_about_the_days_it_names(self, employer: Employer):
        silence(employer, unit="omsorg", first_day="2026-02-01", last_day="2026-03-01")
        silence(employer, unit="omsorg", first_day="2026-03-03", last_day="2026-03-04")
        fifth(employer, "1001")
        assert flags(employer) == [OPEN]

    def test_leaves_flags_that_are_there_already(self, employer: Employer):
        fifth(employer, "1001")
        silence(employer, unit="hemtjansten")
        employer.service.tick()
        assert flags(employer) == [OPEN]

    def test_concerns_whoever_has_one_of_several_employments_in_the_unit(self, employer: Employer):
        employer.ok(
            "POST",
            f"/v1/employees/{find(employer, '1002')}/join",
            {"with": find(employer, "1001")},
        )
        silence(employer, unit="hemtjansten")
        fifth(employer, "1002")
        assert flags(employer) == [SILENT]


class TestWhatFollowsWhoIsWhere:
    def test_somebody_who_leaves_the_unit_is_judged_anew(self, employer: Employer):
        silence(employer, unit="hemtjansten")
        fifth(employer, "1001")
        employee(employer, "1001", unit="skolan")
        assert flags(employer) == [LIFTED, OPEN]
        assert employer.messages() == ["flag.raised"]

    def test_somebody_who_comes_into_it_is_silent_from_then_on(self, employer: Employer):
        silence(employer, unit="hemtjansten")
        employee(employer, "1002", unit="hemtjansten")
        fifth(employer, "1002")
        assert flags(employer) == [SILENT]

    def test_a_unit_that_moves_takes_its_employees_along(self, employer: Employer):
        silence(employer, unit="omsorg")
        fifth(employer, "1001")
        assert flags(employer) == [SILENT]
        employer.ok("PUT", "/v1/units", {"unit": "hemtjansten", "parent": None})
        employer.service.tick()
        assert flags(employer) == [LIFTED, OPEN]


class TestEnd:
    def test_lifts_what_was_suppressed_after_the_new_last_day(self, employer: Employer):
        made = silence(employer, employee_id=find(employer, "1001"))
        fifth(employer, "1001")
        ended = end(employer, made)
        assert (ended["last_day"], ended["ended_by"]) == ("2026-03-01", "HR 8")
        assert flags(employer) == [LIFTED, OPEN]
        assert employer.messages() == ["flag.raised"]

    def test_of_a_unit_is_seen_at_the_next_look(self, employer: Employer):
        made = silence(employer, unit="omsorg")
        fifth(employer, "1001")
        end(employer, made)
        employer.service.tick()
        assert flags(employer) == [LIFTED, OPEN]

    def test_leaves_what_was_suppressed_before(self, employer: Employer):
        made = silence(employer, employee_id=find(employer, "1001"))
        fifth(employer, "1001")
        end(employer, made, TODAY)
        assert flags(employer) == [SILENT]

    def test_before_the_first_day_takes_it_back(self, employer: Employer):
        made = silence(employer, rule_id=employer.items("/v1/rules")[0]["id"])
        fifth(employer, "1001")
        end(employer, made, "2026-02-28")
        employer.service.tick()
        assert flags(employer) == [LIFTED, OPEN]

    def test_once_is_enough(self, employer: Employer):
        made = silence(employer, unit="omsorg")
        first = end(employer, made)
        assert end(employer, made) == first

    def test_cannot_be_later_than_decided(self, employer: Employer):
        made = silence(employer, unit="omsorg")
        refused = employer.refused(
            422,
            "POST",
            f"/v1/silences/{made['id']}/end",
            {"ended_by": "HR 8", "last_day": "2026-04-01"},
        )
        assert codes(refused) == [("#/last_day", "later_than_decided")]

    def test_by_lapse_leaves_the_days_it_covered_and_lets_the_next_act(self, employer: Employer):
        """Ill again on the day after the last: the first flag stays suppressed."""
        silence(employer, unit="omsorg", last_day=TODAY)
        fifth(employer, "1001")
        employer.service.set_day("2026-03-03")
        employer.service.tick()
        assert flags(employer) == [SILENT]
        employer.service.set_day("2026-03-09")
        employer.post(event("2026-03-09", employee="1001"))
        assert flags(employer) == [SILENT, OPEN]

    def test_is_a_day_to_look_again(self, employer: Employer):
        silence(employer, unit="omsorg", last_day="2026-03-20")
        fifth(employer, "1001")
        employer.service.set_day("2026-03-20")
        assert employer.service.tick() == 0
        employer.service.set_day("2026-03-21")
        assert employer.service.tick() == 1

    def test_where_an_exemption_covers_the_day_changes_the_reason_alone(self, employer: Employer):
        made = silence(employer, employee_id=find(employer, "1001"))
        fifth(employer, "1001")
        exempt = {"first_day": "2026-01-01", "reason": "high_risk_protection"}
        path = f"/v1/employees/{find(employer, '1001')}/exemptions"
        employer.ok("PUT", path, {"exemptions": [exempt]})
        assert flags(employer) == [SILENT]
        end(employer, made)
        assert flags(employer) == [("orust", "suppressed", "high_risk_protection")]
        assert employer.messages() == []


class TestList:
    def test_says_what_was_decided_and_by_whom(self, employer: Employer):
        made = silence(employer, unit="omsorg")
        assert made == employer.ok("GET", f"/v1/silences/{made['id']}")
        assert {k: made[k] for k in ("unit", "employee_id", "rule_id", "reason")} == {
            "unit": "omsorg",
            "employee_id": None,
            "rule_id": None,
            "reason": "rule_under_review",
        }
        assert (made["decided_by"], made["ended_by"], made["ended_at"]) == ("HR 7", None, None)

    def test_is_narrowed_by_what_is_named_and_by_day(self, employer: Employer):
        one = silence(employer, unit="omsorg")
        other = silence(employer, employee_id=find(employer, "1001"), last_day="2026-03-05")

        def ids(query: str) -> list[str]:
            return [found["id"] for found in employer.items(f"/v1/silences?{query}")]

        assert ids("") == [one["id"], other["id"]]
        assert ids("unit=omsorg") == [one["id"]]
        assert ids(f"employee_id={find(employer, '1001')}") == [other["id"]]
        assert ids("on=2026-03-06") == [one["id"]]
        assert ids("on=2026-04-06") == []


class TestRefused:
    @pytest.mark.parametrize(
        ("named", "code"),
        [
            ({}, ("#", "silence_of_everything")),
            ({"unit": "omsorg", "last_day": "2027-03-03"}, ("#", "silence_too_long")),
            ({"unit": "omsorg", "last_day": "2026-02-28"}, ("#", "range_reversed")),
            ({"unit": "omsorg", "last_day": None}, ("#/last_day", "invalid_date")),
            ({"unit": "nowhere"}, ("#/unit", "unknown_unit")),
            ({"employee_id": "emp_0"}, ("#/employee_id", "unknown_employee")),
            ({"rule_id": "rul_0"}, ("#/rule_id", "unknown_rule")),
            ({"unit": "omsorg", "comment": "x"}, ("#/comment", "forbidden_field")),
        ],
    )
    def test_for_a_reason(self, employer: Employer, named: dict[str, Any], code: tuple[str, str]):
        body = {
            "first_day": "2026-03-01",
            "last_day": "2026-03-31",
            "reason": "other",
            "decided_by": "HR 7",
        }
        refused = employer.refused(422, "POST", "/v1/silences", body | named)
        assert code in codes(refused)
        assert employer.items("/v1/silences") == []


def test_decisions_not_to_act_are_in_the_evaluation_and_in_the_lists(
    employer: Employer, service: Service
) -> None:
    """Suppressed, inhibited, too soon, too long ago: each is there with its reason code."""
    employer.rule({**NOTIFY, "id": "again", "action": "refer", "rearm_days": 30})
    silence(employer, rule_id=employer.items("/v1/rules")[0]["id"])
    fifth(employer, "1001")
    [flag] = employer.items("/v1/flags?state=open")
    released = {"released_by": "HR 7", "employee_informed_on": TODAY}
    employer.ok("POST", f"/v1/flags/{flag['id']}/release", released)
    for day in ("2026-03-16", "2026-04-13"):
        service.set_day(day)
        employer.post(event(day, employee="1001"))
    shown = employer.ok("GET", f"/v1/employees/{find(employer, '1001')}/evaluation")
    told = {
        (rule["rule"], trigger["on"]): (trigger["flag_state"], trigger["reason"])
        for rule in shown["rules"]
        for trigger in rule["triggers"]
    }
    assert told == {
        ("again", "2025-11-17"): (None, "historical"),
        ("again", "2026-01-12"): (None, "historical"),
        ("again", TODAY): ("released", None),
        ("again", "2026-03-16"): (None, "rearm"),
        ("again", "2026-04-13"): ("inhibited", "open_referral"),
        ("orust", TODAY): ("suppressed", "rule_under_review"),
        ("orust", "2026-03-16"): ("suppressed", "rule_under_review"),
        ("orust", "2026-04-13"): ("inhibited", "open_referral"),
    }
    for rule in shown["rules"]:
        for trigger in rule["triggers"]:
            assert (trigger["words"] is None) is (trigger["reason"] is None)
    suppressed = employer.items("/v1/flags?state=suppressed")
    inhibited = employer.items("/v1/flags?state=inhibited")
    assert {f["reason"] for f in suppressed} == {"rule_under_review"}
    assert {f["reason"] for f in inhibited} == {"open_referral"}
    assert (len(suppressed), len(inhibited)) == (2, 2)
