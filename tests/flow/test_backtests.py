"""Backtests: what rules would have said of the stored history, before anybody acts on it."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from xml.etree import ElementTree

import pytest

from app.backtests.run import LEASE, drop_old, work_on_backtests
from tests.kit import Employer, Service, event

FIFTH: dict[str, Any] = {
    "id": "fifth",
    "when": {"measure": "episodes", "window": {"months": 12}, "op": "at_least", "value": 5},
    "action": "refer",
}
THIRD: dict[str, Any] = {
    "id": "third",
    "when": {"measure": "episodes", "window": {"months": 6}, "op": "at_least", "value": 3},
    "action": "notify",
}
YEAR = {"from": "2025-03-01", "to": "2026-02-28"}


def ill_on(employee: str, *days: str) -> Iterator[dict[str, Any]]:
    yield from (event(day, employee=employee, absence=f"{employee}-{day}") for day in days)


def told(employer: Employer) -> None:
    """Three people in two units: one with five episodes, one with three, one with one."""
    five = ("2025-05-05", "2025-06-03", "2025-09-01", "2025-11-10", "2026-01-12")
    employer.ok(
        "PUT",
        "/v1/employees",
        [
            {"employee": "1", "unit": "Lager"},
            {"employee": "2", "unit": "Skola"},
            {"employee": "3", "unit": "Skola"},
        ],
    )
    employer.batch(
        *ill_on("1", *five),
        *ill_on("2", "2025-10-06", "2025-11-03", "2025-12-01"),
        *ill_on("3", "2025-10-06"),
    )


def asked(employer: Employer, *rules: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A backtest put and answered."""
    begun = employer.ok("POST", "/v1/backtests", {"rules": list(rules), **YEAR, **more})
    assert (begun["state"], begun["counts"]) == ("queued", None)
    assert work_on_backtests(employer.service.ctx) == 1
    found: dict[str, Any] = employer.ok("GET", f"/v1/backtests/{begun['id']}")
    assert (found["state"], found["progress"], found["problem"]) == ("done", 1.0, None)
    return found


def errors(employer: Employer, **asked: Any) -> list[tuple[str, str]]:
    problem = employer.refused(422, "POST", "/v1/backtests", {"rules": [FIFTH], **YEAR, **asked})
    return [(error["pointer"], error["code"]) for error in problem["errors"]]


class TestAnswer:
    def test_counts_flags_by_month_and_unit_and_talks_by_week(self, service: Service):
        employer = service.employer(preset=None)
        told(employer)
        result = asked(employer, FIFTH, THIRD)["counts"]
        assert result["persons_judged"] == 3
        fifth, third = result["rules"]
        assert (fifth["flags"], fifth["persons"]) == (1, 1)
        assert [m for m in fifth["per_month"] if m["flags"]] == [{"month": "2026-01", "flags": 1}]
        by_unit = {unit["unit"]: unit["flags"] for unit in third["per_unit"]}
        assert by_unit == {"Lager": 1, "Skola": 1}
        assert result["overlap"] == [{"rules": ["fifth", "third"], "both": 1, "either": 2}]
        # Only a rule that refers asks for a talk.
        weeks = {w["week"]: w["talks"] for w in result["workload"]["weeks"] if w["talks"]}
        assert weeks == {"2026-W03": 1}

    def test_equals_what_evaluations_show_as_accepted(self, service: Service):
        employer = service.employer(preset=None)
        told(employer)
        employer.rule(THIRD)
        shown = 0
        for employee in employer.ok("POST", "/v1/employees/search", {})["items"]:
            path = f"/v1/employees/{employee['id']}/evaluation?as_of=2026-02-28"
            [rule] = employer.ok("GET", path)["rules"]
            shown += sum(trigger["accepted"] for trigger in rule["triggers"])
        assert asked(employer, THIRD)["counts"]["rules"][0]["flags"] == shown == 2

    def test_acts_on_nobody(self, service: Service):
        employer = service.employer(preset=None)
        told(employer)
        asked(employer, FIFTH, THIRD)
        assert employer.items("/v1/flags") == []
        assert employer.messages() == []

    def test_judges_all_employments_of_a_person_together(self, service: Service):
        employer = service.employer(preset=None)
        employer.batch(
            *ill_on("1", "2025-10-06", "2025-11-03"),
            *ill_on("2", "2025-12-01"),
        )
        one, two = (e["id"] for e in employer.ok("POST", "/v1/employees/search", {})["items"])
        assert asked(employer, THIRD)["counts"]["rules"][0]["flags"] == 0
        employer.ok("POST", f"/v1/employees/{one}/join", {"with": two})
        result = asked(employer, THIRD)["counts"]
        assert (result["persons_judged"], result["rules"][0]["flags"]) == (1, 1)

    def test_is_the_same_for_a_stored_rule(self, service: Service):
        employer = service.employer(preset=None)
        told(employer)
        made = employer.ok("POST", "/v1/rules", FIFTH)
        found = asked(employer, {"rule_id": made["id"]})
        assert found["counts"] == asked(employer, FIFTH)["counts"]
        assert found["rules"][0]["version"] == 1
        assert found["rules"][0]["content_hash"] == made["content_hash"]


class TestComparison:
    def test_tells_whom_another_version_would_flag(self, service: Service):
        employer = service.employer(preset=None)
        told(employer)
        employer.ok("POST", "/v1/rules", FIFTH)
        looser = FIFTH | {"when": FIFTH["when"] | {"value": 3}}
        found = asked(employer, looser, compare_to=1, persons=True)
        assert found["counts"]["change"] == {"newly_flagged": 1, "no_longer": 0, "unchanged": 1}
        path = f"/v1/backtests/{found['id']}/persons"
        by_change = {p["change"]: p["rule"] for p in employer.items(path)}
        assert by_change == {"newly_flagged": "fifth", "unchanged": "fifth"}
        [one] = employer.items(f"{path}?change=newly_flagged")
        assert one["on"] == "2025-12-01"

    def test_tells_who_would_be_flagged_no_longer(self, service: Service):
        employer = service.employer(preset=None)
        told(employer)
        employer.ok("POST", "/v1/rules", FIFTH | {"when": FIFTH["when"] | {"value": 3}})
        found = asked(employer, FIFTH, compare_to=1, persons=True)
        assert found["counts"]["change"] == {"newly_flagged": 0, "no_longer": 1, "unchanged": 1}
        people = employer.items(f"/v1/backtests/{found['id']}/persons?change=no_longer")
        assert [person["on"] for person in people] == ["2025-12-01"]


class TestSweep:
    def test_tries_limits_and_windows(self, service: Service):
        employer = service.employer(preset=None)
        told(employer)
        windows = [{"months": 6}, {"months": 12}]
        found = asked(employer, FIFTH, sweep={"values": [1, 3, 5], "windows": windows})
        assert found["counts"]["sweep"]["persons"] == [[3, 2, 0], [3, 2, 1]]
        drawn = employer("GET", f"/v1/backtests/{found['id']}/heat-map?language=en")
        assert drawn.headers["content-type"] == "image/svg+xml"
        assert ElementTree.fromstring(drawn.text).tag.endswith("svg")

    def test_has_sixty_cells_unless_told_otherwise(self, service: Service):
        employer = service.employer(preset=None)
        told(employer)
        swept = asked(employer, FIFTH, sweep={})["counts"]["sweep"]
        assert (len(swept["values"]), len(swept["windows"])) == (10, 6)
        assert swept["persons"][3][4] == 1

    def test_agrees_with_asking_for_each_limit_alone(self, service: Service):
        employer = service.employer(preset=None)
        told(employer)
        swept = asked(employer, FIFTH, sweep={"values": [2, 3, 4]})["counts"]["sweep"]
        for value, flags in zip(swept["values"], swept["flags"][3], strict=True):
            alone = FIFTH | {"when": FIFTH["when"] | {"value": value}}
            assert asked(employer, alone)["counts"]["rules"][0]["flags"] == flags


class TestWhoMaySee:
    def test_a_key_for_rules_sees_counts_alone_and_no_small_unit(self, service: Service):
        employer = service.employer(preset=None)
        told(employer)
        found = asked(employer, THIRD, persons=True)
        rules = employer.key_for("rules:write")
        shown = rules.ok("GET", f"/v1/backtests/{found['id']}")["counts"]
        assert shown["rules"][0]["flags"] == 2
        assert (shown["rules"][0]["per_unit"], shown["hidden_units"]) == ([], 2)
        rules.refused(403, "GET", f"/v1/backtests/{found['id']}/persons")
        rules.refused(403, "POST", "/v1/backtests", {"rules": [THIRD], **YEAR, "persons": True})
        rules.ok("POST", "/v1/backtests", {"rules": [THIRD], **YEAR})

    def test_counts_of_a_rule_with_a_scope_take_a_key_that_reads_cases(self, service: Service):
        employer = service.employer(preset=None)
        told(employer)
        narrow = THIRD | {"scope": {"units": ["Skola"]}}
        found = asked(employer, narrow, sweep={})
        assert found["counts"]["rules"][0]["persons"] == 1
        rules = employer.key_for("rules:write")
        refused = rules.refused(403, "POST", "/v1/backtests", {"rules": [narrow], **YEAR})
        assert refused["code"] == "counts_of_few"
        path = f"/v1/backtests/{found['id']}"
        assert rules.ok("GET", path)["counts"] is None
        assert [one["counts"] for one in rules.items("/v1/backtests")] == [None]
        rules.refused(404, "GET", f"{path}/heat-map")

    def test_people_are_kept_only_where_they_were_asked_for(self, service: Service):
        employer = service.employer(preset=None)
        told(employer)
        found = asked(employer, THIRD)
        assert employer.items(f"/v1/backtests/{found['id']}/persons") == []

    def test_another_tenant_sees_nothing(self, service: Service):
        employer, other = service.employer(preset=None), service.employer(preset=None)
        told(employer)
        found = asked(employer, THIRD)
        for method, path in (("GET", ""), ("GET", "/persons"), ("POST", "/cancel"), ("DELETE", "")):
            other.refused(404, method, f"/v1/backtests/{found['id']}{path}")
        assert asked(other, THIRD)["counts"]["persons_judged"] == 0


class TestJob:
    def test_can_be_cancelled_until_it_is_done(self, service: Service):
        employer = service.employer(preset=None)
        begun = employer.ok("POST", "/v1/backtests", {"rules": [FIFTH], **YEAR})
        path = f"/v1/backtests/{begun['id']}"
        for _ in range(2):
            assert employer.ok("POST", f"{path}/cancel")["state"] == "cancelled"
        assert work_on_backtests(service.ctx) == 0
        done = asked(employer, FIFTH)
        problem = employer.refused(409, "POST", f"/v1/backtests/{done['id']}/cancel")
        assert problem["code"] == "backtest_over"

    def test_left_by_a_process_that_stops_is_taken_up_at_once(self, service: Service):
        employer = service.employer(preset=None)
        told(employer)
        begun = employer.ok("POST", "/v1/backtests", {"rules": [THIRD], **YEAR, "persons": True})
        answers = iter([True, False])
        work_on_backtests(service.ctx, lambda: next(answers, False))
        assert employer.ok("GET", f"/v1/backtests/{begun['id']}")["state"] == "running"
        assert work_on_backtests(service.ctx) == 1
        path = f"/v1/backtests/{begun['id']}"
        assert employer.ok("GET", path)["state"] == "done"
        assert len(employer.items(f"{path}/persons")) == 2

    def test_left_by_a_process_that_died_is_taken_up_when_its_lease_is_over(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ):
        employer = service.employer(preset=None)
        told(employer)
        employer.ok("POST", "/v1/backtests", {"rules": [THIRD], **YEAR})
        with monkeypatch.context() as dying:
            dying.setattr("app.backtests.run._answer", _die)
            with pytest.raises(KeyboardInterrupt):
                work_on_backtests(service.ctx)
        assert work_on_backtests(service.ctx) == 0
        service.clock.set(service.clock.now() + LEASE + timedelta(seconds=1))
        assert work_on_backtests(service.ctx) == 1

    def test_is_forgotten_when_asked_or_after_thirty_days(self, service: Service):
        employer = service.employer(preset=None)
        told(employer)
        first, second = (asked(employer, THIRD, persons=True)["id"] for _ in range(2))
        assert employer("DELETE", f"/v1/backtests/{first}").status_code == 204
        employer.refused(404, "GET", f"/v1/backtests/{first}")
        service.set_day(date(2026, 3, 2) + timedelta(days=29))
        assert drop_old(service.ctx, employer.tenant_id, 10) == 0
        service.set_day(date(2026, 3, 2) + timedelta(days=31))
        assert drop_old(service.ctx, employer.tenant_id, 10) == 1
        employer.refused(404, "GET", f"/v1/backtests/{second}")

    def test_is_refused_when_too_many_wait(self, service: Service):
        employer = service.employer(preset=None)
        for _ in range(10):
            employer.ok("POST", "/v1/backtests", {"rules": [FIFTH], **YEAR})
        problem = employer.refused(409, "POST", "/v1/backtests", {"rules": [FIFTH], **YEAR})
        assert problem["code"] == "too_many_backtests"


def _die(*_: Any) -> None:
    raise KeyboardInterrupt


class TestBadQuestions:
    @pytest.mark.parametrize(
        ("more", "expected"),
        [
            ({"to": "2026-03-03"}, ("#/to", "in_the_future")),
            ({"from": "2026-03-01"}, ("#/to", "before_from")),
            ({"from": "2010-01-01"}, ("#/from", "period_too_long")),
            ({"rules": [{"rule_id": "rul_0"}]}, ("#/rules/0", "unknown_rule")),
            ({"rules": [FIFTH, FIFTH]}, ("#/rules/0", "duplicate_rule")),
            ({"rules": [FIFTH, THIRD], "compare_to": 1}, ("#/compare_to", "one_rule_alone")),
            ({"compare_to": 7}, ("#/compare_to", "unknown_version")),
            ({"sweep": {"values": []}}, ("#/sweep/values", "too_short")),
            ({"unknown": 1}, ("#/unknown", "unknown_field")),
        ],
    )
    def test_are_refused_with_the_place(
        self, service: Service, more: dict[str, Any], expected: tuple[str, str]
    ):
        employer = service.employer(preset=None)
        assert expected in errors(employer, **more)
        assert employer.items("/v1/backtests") == []

    def test_only_a_single_comparison_can_be_swept(self, service: Service):
        both = FIFTH | {"when": {"all": [FIFTH["when"], THIRD["when"]]}}
        employer = service.employer(preset=None)
        assert errors(employer, rules=[both], sweep={}) == [("#/sweep", "not_one_comparison")]
