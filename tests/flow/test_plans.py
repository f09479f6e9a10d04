"""Action plans (handlingsplaner): written, adopted by both, followed up until the case closes."""

from typing import Any

import pytest

from tests.flow.case import MEASURES, TODAY, cases, codes, employee, told
from tests.flow.test_meetings import case_of_another_provider
from tests.kit import Employer, Service
from tests.system.world import rows_of

HOURS = {"code": "adapted_hours", "responsible": "hr", "due_on": "2026-04-15"}
BOTH = {"employer_adopted_on": TODAY, "employee_adopted_on": TODAY}


def alone(employer: Employer, **more: Any) -> Any:
    """A plan for an employee without a referral."""
    body = {"employee_id": employee(employer), "measures": MEASURES} | more
    return employer.ok("POST", "/v1/plans", body)


def adopted(employer: Employer, **more: Any) -> Any:
    return employer.ok("POST", f"/v1/plans/{alone(employer, **more)['id']}/adopt", BOTH)


def path(plan: Any, *rest: object) -> str:
    return "/".join(["/v1/plans", plan["id"], *map(str, rest)])


class TestWrite:
    def test_for_a_referral_makes_a_draft(self, service: Service):
        [case] = cases(service)
        made = case.to("three_party_held").plan()
        assert made == {
            "id": made["id"],
            "employee_id": case.employee_id,
            "referral_id": case.id,
            "state": "draft",
            "measures": [MEASURES[0] | {"done_on": None}],
            "follow_ups": [],
            "employer_adopted_on": None,
            "employee_adopted_on": None,
            "adopted_by": None,
        }
        assert case.seen()["state"] == "three_party_held"

    def test_needs_no_referral(self, service: Service):
        employer = service.employer(preset=None)
        made = alone(employer, follow_ups=["2026-06-01", "2026-04-01", "2026-06-01"])
        assert made["referral_id"] is None
        assert [(f["number"], f["due_on"]) for f in made["follow_ups"]] == [
            (1, "2026-04-01"),
            (2, "2026-06-01"),
        ]

    def test_while_the_talk_goes_on_tells_nothing_of_it(self, service: Service):
        """A draft may be written early, and how far the talk has come decides nothing."""
        states = ("requested", "accepted", "booked", "talk_held")
        for case, state in zip(cases(service, 4), states, strict=True):
            assert case.to(state).plan()["state"] == "draft"

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"measures": []}, ("#/measures", "too_short")),
            ({"measures": ...}, ("#/measures", "required")),
            ({"measures": None}, ("#/measures", "invalid_list")),
            ({"measures": MEASURES * 41}, ("#/measures", "too_long")),
            (
                {"measures": [HOURS | {"code": "pull_yourself_together"}]},
                ("#/measures/0/code", "invalid_choice"),
            ),
            (
                {"measures": [HOURS | {"responsible": "neighbour"}]},
                ("#/measures/0/responsible", "invalid_choice"),
            ),
            ({"measures": [HOURS | {"due_on": "soon"}]}, ("#/measures/0/due_on", "invalid_date")),
            (
                {"measures": [HOURS | {"comment": "x"}]},
                ("#/measures/0/comment", "forbidden_field"),
            ),
            ({"measures": [HOURS | {"done_on": TODAY}]}, ("#/measures/0/done_on", "unknown_field")),
            ({"follow_ups": []}, ("#/follow_ups", "too_short")),
            ({"employee_id": ...}, ("#/referral_id", "missing")),
        ],
    )
    def test_without_measures_or_beside_the_form_is_refused(
        self, service: Service, change: Any, where: tuple[str, str]
    ):
        employer = service.employer(preset=None)
        body = {"employee_id": employee(employer), "measures": MEASURES} | change
        body = {name: value for name, value in body.items() if value is not ...}
        before = rows_of(service)
        assert codes(employer.refused(422, "POST", "/v1/plans", body)) == [where]
        assert rows_of(service) == before

    @pytest.mark.parametrize("day", ["2019-12-31", "2100-12-31"])
    @pytest.mark.parametrize(
        ("place", "body"),
        [
            ("#/measures/0/due_on", lambda day: {"measures": [HOURS | {"due_on": day}]}),
            ("#/follow_ups/0", lambda day: {"measures": [HOURS], "follow_ups": [day]}),
        ],
        ids=["measure", "follow-up"],
    )
    def test_for_days_before_the_employment_or_beyond_reason_is_refused(
        self, service: Service, day: str, place: str, body: Any
    ):
        employer = service.employer(preset=None)
        said = {"employee_id": employee(employer)} | body(day)
        refused = employer.refused(422, "POST", "/v1/plans", said)
        assert [pointer for pointer, _ in codes(refused)] == [place]

    @pytest.mark.parametrize("state", ["closed", "declined", "declined_by_employee", "withdrawn"])
    def test_in_a_case_that_is_over_is_refused(self, service: Service, state: str):
        [case] = cases(service)
        case.to(state)
        before = rows_of(service)
        body = {"referral_id": case.id, "measures": MEASURES}
        assert case.employer.refused(409, "POST", "/v1/plans", body)["code"] == "case_closed"
        assert rows_of(service) == before

    def test_for_what_is_not_ones_own_is_refused(self, service: Service):
        one, other = cases(service, 2)
        [theirs] = cases(service)
        before = rows_of(service)
        for target in (
            {"referral_id": theirs.id},
            {"referral_id": "ref_nobody"},
            {"employee_id": theirs.employee_id},
            {"employee_id": "emp_nobody"},
            {"referral_id": theirs.id, "employee_id": one.employee_id},
        ):
            body = {"measures": MEASURES} | target
            assert one.employer.refused(404, "POST", "/v1/plans", body)["code"] == "not_found"
        body = {"measures": MEASURES, "referral_id": one.id, "employee_id": other.employee_id}
        refused = one.employer.refused(422, "POST", "/v1/plans", body)
        assert codes(refused) == [("#/referral_id", "other_employee")]
        assert rows_of(service) == before


class TestEdit:
    def test_replaces_the_measures_as_a_whole(self, service: Service):
        employer = service.employer(preset=None)
        plan = alone(employer)
        changed = employer.ok("PUT", path(plan), {"measures": [HOURS], "follow_ups": [TODAY]})
        assert changed["measures"] == [HOURS | {"done_on": None}]
        assert [f["due_on"] for f in changed["follow_ups"]] == [TODAY]
        kept = employer.ok("PUT", path(plan), {"measures": MEASURES})
        assert [f["due_on"] for f in kept["follow_ups"]] == [TODAY]

    def test_of_what_somebody_else_has_changed_is_stale(self, service: Service):
        employer = service.employer(preset=None)
        plan = alone(employer)
        first = employer("GET", path(plan)).headers["etag"]
        body = {"measures": [HOURS]}
        changed = employer("PUT", path(plan), body, headers={"If-Match": first})
        second = changed.headers["etag"]
        assert (changed.status_code, second != first) == (200, True)
        before = rows_of(service)
        for old in (first, '"0"', '"99"', "W/" + first, "not one"):
            stale = {"If-Match": old}
            for method, rest, said in (("PUT", (), body), ("POST", ("adopt",), BOTH)):
                refused = employer.refused(412, method, path(plan, *rest), said, headers=stale)
                assert refused["code"] == "stale_write"
        assert rows_of(service) == before
        assert employer("GET", path(plan)).headers["etag"] == second
        for fresh in (second, "*"):
            answer = employer("PUT", path(plan), body, headers={"If-Match": fresh})
            assert answer.status_code == 200

    def test_counts_every_change(self, service: Service):
        """Whatever changes a plan makes what others have read of it stale."""
        employer = service.employer(preset=None)
        plan = alone(employer)
        tags = [employer("GET", path(plan)).headers["etag"]]
        for method, rest, body in (
            ("PUT", (), {"measures": MEASURES}),
            ("POST", ("adopt",), BOTH),
            ("POST", ("measures", 1, "done"), {"done_on": TODAY}),
            ("POST", ("follow-ups", 1, "done"), {"done_on": TODAY}),
        ):
            tags.append(employer(method, path(plan, *rest), body).headers["etag"])
        assert employer("GET", path(plan)).headers["etag"] == tags[-1]
        assert len(set(tags)) == 5

    def test_of_an_adopted_plan_keeps_what_was_carried_out(self, service: Service):
        """A measure is added: the one that was done stays done."""
        employer = service.employer(preset=None)
        plan = adopted(employer)
        employer.ok("POST", path(plan, "measures", 1, "done"), {"done_on": TODAY})
        changed = employer.ok("PUT", path(plan), {"measures": [*MEASURES, HOURS]})
        assert [m["done_on"] for m in changed["measures"]] == [TODAY, None]

    def test_of_an_adopted_plan_drops_nothing_that_was_carried_out(self, service: Service):
        employer = service.employer(preset=None)
        plan = adopted(employer, measures=[*MEASURES, HOURS])
        employer.ok("POST", path(plan, "measures", 1, "done"), {"done_on": TODAY})
        before = rows_of(service)
        refused = employer.refused(422, "PUT", path(plan), {"measures": [HOURS]})
        assert codes(refused) == [("#/measures", "done_measure_missing")]
        assert rows_of(service) == before
        kept = employer.ok("PUT", path(plan), {"measures": MEASURES})
        assert [m["done_on"] for m in kept["measures"]] == [TODAY]

    def test_of_an_adopted_plan_leaves_its_follow_ups_as_agreed(self, service: Service):
        employer = service.employer(preset=None)
        plan = adopted(employer)
        before = rows_of(service)
        body = {"measures": [HOURS], "follow_ups": ["2026-05-01"]}
        refused = employer.refused(422, "PUT", path(plan), body)
        assert codes(refused) == [("#/follow_ups", "plan_adopted")]
        assert rows_of(service) == before

    def test_of_a_plan_that_is_done_is_refused(self, service: Service):
        employer = service.employer(preset=None)
        plan = adopted(employer, follow_ups=["2026-04-01"])
        employer.ok("POST", path(plan, "follow-ups", 1, "done"), {"done_on": TODAY})
        refused = employer.refused(409, "PUT", path(plan), {"measures": [HOURS]})
        assert (refused["code"], refused["allowed"]) == ("invalid_transition", [])


class TestAdopt:
    def test_moves_the_referral_and_sets_the_follow_ups(self, service: Service):
        [case] = cases(service)
        plan = case.to("three_party_held").plan()
        before = len(told(case.employer, "referral.updated"))
        made = case.adopt(plan, decided_by="Manager 12")
        assert (made["state"], made["adopted_by"]) == ("adopted", "Manager 12")
        assert [f["due_on"] for f in made["follow_ups"]] == [
            "2026-04-02",
            "2026-06-02",
            "2026-09-02",
        ]
        assert case.seen()["state"] == case.known()["state"] == "plan_adopted"
        assert (case.seen()["step"], case.seen()["due_on"]) == ("follow_up", "2026-04-02")
        [(provider, employer)] = told(case.employer, "referral.updated")[before:]
        assert provider == employer
        assert employer["state"] == "plan_adopted"

    def test_follows_up_from_the_later_of_the_two_days(self, service: Service):
        employer = service.employer(preset=None)
        service.set_day("2026-03-16")
        plan = alone(employer)
        days = {"employer_adopted_on": TODAY, "employee_adopted_on": "2026-03-10"}
        made = employer.ok("POST", path(plan, "adopt"), days)
        assert made["follow_ups"][0]["due_on"] == "2026-04-10"

    def test_follows_up_as_the_employers_deadlines_say(self, service: Service):
        employer = service.employer(preset=None, deadlines={"follow_up_months": [2, 12]})
        made = adopted(employer)
        assert [f["due_on"] for f in made["follow_ups"]] == ["2026-05-02", "2027-03-02"]

    def test_twice_changes_nothing(self, service: Service):
        [case] = cases(service)
        plan = case.to("three_party_held").plan()
        once, before = case.adopt(plan), rows_of(service)
        assert case.adopt(plan, decided_by="Somebody else") == once
        assert rows_of(service) == before

    @pytest.mark.parametrize("name", BOTH)
    def test_of_a_day_to_come_is_refused(self, service: Service, name: str):
        employer = service.employer(preset=None)
        plan = alone(employer)
        before = rows_of(service)
        days = BOTH | {name: "2026-03-03"}
        refused = employer.refused(422, "POST", path(plan, "adopt"), days)
        assert codes(refused) == [(f"#/{name}", "date_in_future")]
        assert rows_of(service) == before

    def test_of_a_day_before_the_employment_is_refused(self, service: Service):
        employer = service.employer(preset=None)
        plan = alone(employer)
        before = rows_of(service)
        days = BOTH | {"employer_adopted_on": "2019-12-31"}
        refused = employer.refused(422, "POST", path(plan, "adopt"), days)
        assert [pointer for pointer, _ in codes(refused)] == ["#/employer_adopted_on"]
        assert rows_of(service) == before

    def test_by_one_of_the_two_alone_is_no_adoption(self, service: Service):
        employer = service.employer(preset=None)
        plan = alone(employer)
        for missing in BOTH:
            said = {name: day for name, day in BOTH.items() if name != missing}
            refused = employer.refused(422, "POST", path(plan, "adopt"), said)
            assert codes(refused) == [(f"#/{missing}", "required")]

    def test_before_the_three_have_met_is_out_of_turn(self, service: Service):
        """And says the same however far the talk has come."""
        answers = {}
        for case, state in zip(
            cases(service, 4), ("requested", "accepted", "booked", "talk_held"), strict=True
        ):
            plan = case.to(state).plan()
            before = rows_of(service)
            answer = case.employer("POST", path(plan, "adopt"), BOTH)
            assert rows_of(service) == before
            answers[state] = (answer.status_code, answer.content)
            assert answer.json()["code"] == "invalid_transition"
        assert answers["accepted"] == answers["booked"] == answers["talk_held"]

    def test_in_a_case_that_is_over_is_refused(self, service: Service):
        [case] = cases(service)
        plan = case.to("three_party_held").plan()
        case.move("close", case.employer)
        before = rows_of(service)
        refused = case.employer.refused(409, "POST", path(plan, "adopt"), BOTH)
        assert refused["code"] == "case_closed"
        assert rows_of(service) == before

    def test_of_a_second_plan_asks_for_the_follow_ups_of_both(self, service: Service):
        [case] = cases(service)
        one = case.to("three_party_held").plan(follow_ups=["2026-04-01"])
        other = case.plan(follow_ups=["2026-05-04"])
        for plan in (one, other):
            case.adopt(plan)
        for plan, state in ((one, "plan_adopted"), (other, "closed")):
            body = {"done_on": TODAY}
            case.employer.ok("POST", path(plan, "follow-ups", 1, "done"), body)
            assert case.seen()["state"] == state


class TestSeen:
    def test_is_read_by_the_provider_of_its_referral_and_written_by_nobody_else(
        self, service: Service
    ):
        [case] = cases(service)
        plan = case.to("three_party_held").plan()
        assert case.fhv.ok("GET", path(plan)) == plan
        assert case.fhv.items("/v1/plans") == [plan]
        for method, rest, body in (
            ("PUT", (), {"measures": MEASURES}),
            ("POST", ("adopt",), BOTH),
            ("POST", ("measures", 1, "done"), {"done_on": TODAY}),
            ("POST", ("follow-ups", 1, "done"), {"done_on": TODAY}),
        ):
            assert case.fhv.refused(403, method, path(plan, *rest), body)["code"] == "forbidden"

    def test_is_nothing_to_another_provider_or_employer(self, service: Service):
        [case], [theirs] = cases(service), cases(service)
        there = case_of_another_provider(case)
        hidden = [there.plan(), theirs.plan(), alone(case.employer)]
        for plan in hidden:
            assert case.fhv.refused(404, "GET", path(plan))["code"] == "not_found"
        assert case.fhv.items("/v1/plans") == []
        assert case.employer.refused(404, "GET", path(hidden[1]))["code"] == "not_found"

    def test_a_list_is_filtered_by_state_employee_and_referral(self, service: Service):
        [case] = cases(service)
        draft = case.to("three_party_held").plan()
        other = adopted(case.employer)
        for query, found in (
            ("state=draft", [draft]),
            ("state=adopted", [other]),
            (f"referral_id={case.id}", [draft]),
            (f"employee_id={case.employee_id}&state=done", []),
        ):
            assert case.employer.items(f"/v1/plans?{query}") == found, query
