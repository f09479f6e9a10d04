"""A referral without a flag: the employee's own wish, or the manager's."""

from typing import Any

import pytest

from tests.flow.case import TODAY, at_once, cases, codes, employee, told
from tests.kit import FIVE, Employer, Service, event
from tests.system.world import rows_of

ROUTE = "/v1/referrals"


def wish(of: str, /, **more: Any) -> dict[str, Any]:
    said = {"employee_id": of, "wish_of": "employee", "decided_by": "HR 7"} | more
    return {name: value for name, value in said.items() if value is not ...}


def refer(employer: Employer, employee_id: str, **more: Any) -> Any:
    return employer.ok("POST", ROUTE, wish(employee_id, **more))


class TestTaken:
    def test_is_requested_of_the_first_provider_and_told_to_both(self, service: Service):
        employer = service.employer()
        provider_id = employer.provider()
        anna = employee(employer)
        made = refer(employer, anna)
        assert (made["state"], made["wish_of"], made["flags"]) == ("requested", "employee", [])
        assert (made["provider_id"], made["service"]) == (provider_id, "health_talk")
        assert (made["step"], made["due_on"]) == ("accept", "2026-03-05")
        assert (made["history"][0]["party"], made["history"][0]["source"]) == ("employer", None)
        [(provider, own)] = told(employer, "referral.requested")
        assert provider == own
        assert own["referral_id"] == made["id"]
        assert employer.messages() == ["referral.requested"]

    def test_without_a_provider_is_the_employers_own_to_arrange(self, service: Service):
        employer = service.employer()
        made = refer(employer, employee(employer))
        assert (made["provider_id"], made["state"]) == (None, "requested")

    def test_asks_for_the_service_of_one_who_has_it(self, service: Service):
        employer = service.employer()
        employer.provider(services=["health_talk"])
        other = employer.provider(name="Rehab", services=["rehabilitation_investigation"])
        made = refer(employer, employee(employer), service="rehabilitation_investigation")
        assert made["provider_id"] == other

    def test_of_the_manager_says_when_the_employee_was_informed(self, service: Service):
        employer = service.employer()
        anna = employee(employer)
        before = rows_of(service)
        body = wish(anna, wish_of="manager")
        refused = employer.refused(409, "POST", ROUTE, body)
        assert refused["code"] == "employee_not_informed"
        ahead = body | {"employee_informed_on": "2026-03-03"}
        assert codes(employer.refused(422, "POST", ROUTE, ahead)) == [
            ("#/employee_informed_on", "date_in_future")
        ]
        assert rows_of(service) == before
        made = refer(employer, anna, wish_of="manager", employee_informed_on=TODAY)
        assert (made["wish_of"], made["employee_informed_on"]) == ("manager", TODAY)

    def test_of_the_manager_does_not_where_the_policy_does_not_ask(self, service: Service):
        employer = service.employer(policy={"require_informed": False})
        assert refer(employer, employee(employer), wish_of="manager")["state"] == "requested"

    def test_of_the_manager_waits_for_an_objection_like_any_release(self, service: Service):
        """A wish is no way around what the employer has decided about releases."""
        employer = service.employer(policy={"objection_days": 7})
        anna, mika = employee(employer), employee(employer, "1002")
        body = wish(anna, wish_of="manager", employee_informed_on=TODAY)
        before = rows_of(service)
        refused = employer.refused(409, "POST", ROUTE, body)
        assert (refused["code"], refused["until"]) == ("objection_window_open", "2026-03-09")
        assert rows_of(service) == before
        assert refer(employer, mika)["state"] == "requested"  # who wishes it objects to nothing
        service.set_day("2026-03-10")
        assert employer.ok("POST", ROUTE, body)["state"] == "requested"

    @pytest.mark.parametrize("second", [..., "HR 7", "hr 7 "])
    def test_of_the_manager_takes_two_persons_where_a_release_does(
        self, service: Service, second: Any
    ):
        employer = service.employer(policy={"four_eyes": True})
        anna = employee(employer)
        said = {"wish_of": "manager", "employee_informed_on": TODAY}
        body = wish(anna, also_decided_by=second, **said)
        before = rows_of(service)
        assert employer.refused(409, "POST", ROUTE, body)["code"] == "second_person_needed"
        assert rows_of(service) == before
        assert refer(employer, anna, also_decided_by="Chef 12", **said)["state"] == "requested"

    def test_of_the_manager_is_barred_by_an_objection_and_the_employees_own_is_not(
        self, service: Service
    ):
        employer = service.employer(release="manual")
        employer.batch(*map(event, FIVE))
        [flag] = employer.items("/v1/flags")
        employer.ok("POST", f"/v1/flags/{flag['id']}/object", {"decided_by": "HR 7"})
        body = wish(flag["employee_id"], wish_of="manager", employee_informed_on=TODAY)
        assert employer.refused(409, "POST", ROUTE, body)["code"] == "employee_objects"
        assert refer(employer, flag["employee_id"])["state"] == "requested"

    def test_may_follow_when_the_one_before_is_over(self, service: Service):
        [case] = cases(service)
        case.to("declined")
        assert refer(case.employer, case.employee_id)["state"] == "requested"
        assert len(case.employer.items(ROUTE)) == 2

    def test_takes_in_the_reasons_that_come_later(self, service: Service):
        """The fifth episode finds a referral open: it is a further reason, not a second one."""
        employer = service.employer()
        anna = employee(employer)
        made = refer(employer, anna)
        employer.batch(*map(event, FIVE))
        [flag] = employer.items("/v1/flags")
        assert (flag["state"], flag["referral_id"]) == ("inhibited", made["id"])
        assert employer.ok("GET", f"{ROUTE}/{made['id']}")["flags"] == [flag["id"]]
        cancelled = {"type": "absence.cancelled", "first_day": ..., "last_day": ...}
        employer.post(event(FIVE[0], occurred_on=TODAY, **cancelled))
        assert employer.ok("GET", f"{ROUTE}/{made['id']}")["state"] == "requested"
        assert employer.messages() == ["referral.requested"]


class TestRefused:
    """Each without a trace."""

    @pytest.mark.parametrize(
        "state",
        ["requested", "accepted", "booked", "talk_held", "three_party_held", "plan_adopted"],
    )
    def test_while_another_is_open(self, service: Service, state: str):
        [case] = cases(service)
        case.to(state)
        before = rows_of(service)
        body = wish(case.employee_id)
        assert case.employer.refused(409, "POST", ROUTE, body)["code"] == "referral_open"
        assert rows_of(service) == before

    @pytest.mark.parametrize(
        "employment",
        [
            [{"first_day": "2020-01-01", "last_day": "2026-03-01"}],
            [{"first_day": "2026-03-03"}],
            [{"first_day": "2019-01-01", "last_day": "2019-12-31"}, {"first_day": "2027-01-01"}],
        ],
        ids=["over", "not begun", "between two"],
    )
    def test_for_who_is_not_employed(self, service: Service, employment: Any):
        employer = service.employer()
        anna = employee(employer, employment=employment)
        before = rows_of(service)
        assert employer.refused(409, "POST", ROUTE, wish(anna))["code"] == "not_employed"
        assert rows_of(service) == before

    @pytest.mark.parametrize(
        ("change", "where"),
        [
            ({"wish_of": "colleague"}, ("#/wish_of", "invalid_choice")),
            ({"wish_of": ...}, ("#/wish_of", "required")),
            ({"decided_by": ...}, ("#/decided_by", "required")),
            ({"decided_by": ""}, ("#/decided_by", "too_short")),
            ({"service": "massage"}, ("#/service", "invalid_choice")),
            ({"employee_id": 7}, ("#/employee_id", "invalid_string")),
            ({"reason_text": "x"}, ("#/reason_text", "forbidden_field")),
            ({"state": "accepted"}, ("#/state", "unknown_field")),
        ],
    )
    def test_beside_the_form(self, service: Service, change: Any, where: tuple[str, str]):
        employer = service.employer()
        body = wish(employee(employer), **change)
        assert codes(employer.refused(422, "POST", ROUTE, body)) == [where]

    def test_for_nobody_and_for_another_employers_employee(self, service: Service):
        employer, other = service.employer(), service.employer()
        theirs = employee(other)
        before = rows_of(service)
        for employee_id in ("emp_nobody", theirs):
            refused = employer.refused(404, "POST", ROUTE, wish(employee_id))
            assert refused["code"] == "not_found"
        assert rows_of(service) == before

    def test_to_a_provider_that_cannot_take_it(self, service: Service):
        """Not there, another employer's, of other units or services, no longer: one answer."""
        employer, other = service.employer(), service.employer()
        anna = employee(employer, unit="hemtjansten")
        providers = [
            "prv_nobody",
            other.provider(),
            employer.provider(units=["forskolan"]),
            employer.provider(services=["rehabilitation_investigation"]),
            employer.provider(valid_to="2026-03-01"),
            employer.provider(valid_from="2026-03-03"),
        ]
        before = rows_of(service)
        answers = [employer("POST", ROUTE, wish(anna, provider_id=p)) for p in providers]
        assert {(a.status_code, a.content) for a in answers} == {(409, answers[0].content)}
        assert answers[0].json()["code"] == "no_provider"
        assert rows_of(service) == before

    def test_to_a_provider(self, service: Service):
        """It takes referrals, and makes none."""
        [case] = cases(service)
        refused = case.fhv.refused(403, "POST", ROUTE, wish(case.employee_id))
        assert refused["code"] == "forbidden"


def test_eight_at_once_make_one_referral(service: Service) -> None:
    employer = service.employer()
    anna = employee(employer)
    answers = at_once(*[lambda: employer("POST", ROUTE, wish(anna))] * 8)
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    assert {a.json()["code"] for a in answers if a.status_code == 409} == {"referral_open"}
    assert employer.messages() == ["referral.requested"]
