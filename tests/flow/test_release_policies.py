"""What an employer may ask of a release: two different persons, and time to object."""

from datetime import datetime
from typing import Any

import pytest

from tests.flow.case import at_once
from tests.kit import FIVE, STOCKHOLM, Employer, Service, event
from tests.system.world import rows_of

TODAY = FIVE[-1]
INFORMED = {"employee_informed_on": TODAY}


def flagged(service: Service, **policy: Any) -> Employer:
    """An employer with that policy, and one open flag."""
    employer = service.employer(release="manual", policy=policy)
    employer.batch(*map(event, FIVE))
    return employer


def flag(employer: Employer) -> Any:
    [found] = employer.items("/v1/flags")
    return found


def release(employer: Employer, by: str, **more: Any) -> Any:
    body = {"released_by": by} | INFORMED | more
    return employer("POST", f"/v1/flags/{flag(employer)['id']}/release", body)


class TestFourEyes:
    def test_one_person_is_not_enough(self, service: Service):
        employer = flagged(service, four_eyes=True)
        proposed = release(employer, "HR 7").json()
        assert (proposed["state"], proposed["proposed_by"]) == ("open", "HR 7")
        assert (proposed["decided_by"], proposed["referral_id"]) == (None, None)
        assert employer.items("/v1/referrals") == []
        assert employer.messages() == ["flag.raised"]

    @pytest.mark.parametrize("name", ["HR 7", "HR 7 ", " HR 7", "hr 7", "HR  7"])
    def test_the_same_person_again_is_not_a_second(self, service: Service, name: str):
        employer = flagged(service, four_eyes=True)
        release(employer, "HR 7")
        again = release(employer, name)
        assert (again.status_code, again.json()["state"]) == (200, "open")
        assert employer.items("/v1/referrals") == []

    def test_a_second_person_releases(self, service: Service):
        employer = flagged(service, four_eyes=True)
        release(employer, "HR 7")
        service.set_day("2026-03-04")
        released = release(employer, "Manager 12").json()
        assert (released["state"], released["proposed_by"]) == ("released", "HR 7")
        assert (released["decided_by"], released["decided_on"]) == ("Manager 12", "2026-03-04")
        [made] = employer.items("/v1/referrals")
        assert made["id"] == released["referral_id"]
        assert employer.messages() == ["flag.raised", "referral.requested"]

    def test_each_of_them_says_when_the_employee_was_informed(self, service: Service):
        employer = flagged(service, four_eyes=True)
        place = f"/v1/flags/{flag(employer)['id']}/release"
        for by in ("HR 7", "Manager 12"):
            refused = employer.refused(409, "POST", place, {"released_by": by})
            assert refused["code"] == "employee_not_informed"
            assert flag(employer)["proposed_by"] == (None if by == "HR 7" else "HR 7")
            release(employer, by)
        assert flag(employer)["state"] == "released"

    def test_a_dismissal_needs_one(self, service: Service):
        employer = flagged(service, four_eyes=True)
        release(employer, "HR 7")
        body = {"decided_by": "HR 7", "reason": "no_need"}
        dismissed = employer.ok("POST", f"/v1/flags/{flag(employer)['id']}/dismiss", body)
        assert dismissed["state"] == "dismissed"
        assert release(employer, "Manager 12").status_code == 409
        assert employer.items("/v1/referrals") == []

    def test_an_objection_between_the_two_bars_the_release(self, service: Service):
        employer = flagged(service, four_eyes=True)
        release(employer, "HR 7")
        employer.ok("POST", f"/v1/flags/{flag(employer)['id']}/object", {"decided_by": "HR 7"})
        refused = release(employer, "Manager 12")
        assert (refused.status_code, refused.json()["code"]) == (409, "employee_objects")

    def test_a_policy_that_no_longer_asks_for_two_lets_one_release(self, service: Service):
        employer = flagged(service, four_eyes=True)
        release(employer, "HR 7")
        employer.ok("PATCH", "/v1/tenant", {"policy": {"four_eyes": False}})
        assert release(employer, "HR 7").json()["state"] == "released"

    def test_without_the_policy_one_releases_and_nobody_proposed(self, service: Service):
        employer = flagged(service)
        released = release(employer, "HR 7").json()
        assert (released["state"], released["proposed_by"]) == ("released", None)

    def test_eight_persons_at_once_make_one_referral(self, service: Service):
        employer = flagged(service, four_eyes=True)
        calls = [lambda n=n: release(employer, f"HR {n}") for n in range(8)]
        assert {answer.status_code for answer in at_once(*calls)} == {200}
        made = flag(employer)
        assert made["state"] == "released"
        assert made["proposed_by"] != made["decided_by"]
        assert employer.messages() == ["flag.raised", "referral.requested"]

    def test_one_person_eight_times_at_once_makes_none(self, service: Service):
        employer = flagged(service, four_eyes=True)
        answers = at_once(*[lambda: release(employer, "HR 7")] * 8)
        assert {answer.json()["state"] for answer in answers} == {"open"}
        assert employer.messages() == ["flag.raised"]


class TestTimeToObject:
    def test_holds_a_release_back_and_says_until_when(self, service: Service):
        employer = flagged(service, objection_days=7)
        before = rows_of(service)
        for day in ("2026-03-02", "2026-03-03", "2026-03-09"):
            service.set_day(day)
            refused = release(employer, "HR 7")
            assert refused.status_code == 409
            problem = refused.json()
            assert (problem["code"], problem["until"]) == ("objection_window_open", "2026-03-09")
        assert rows_of(service) == before
        service.set_day("2026-03-10")
        assert release(employer, "HR 7").json()["state"] == "released"

    def test_ends_at_midnight_where_the_employer_is(self, service: Service):
        employer = flagged(service, objection_days=1)
        service.clock.set(datetime(2026, 3, 3, 23, 59, 59, tzinfo=STOCKHOLM))
        assert release(employer, "HR 7").status_code == 409
        service.clock.set(datetime(2026, 3, 4, tzinfo=STOCKHOLM))
        assert release(employer, "HR 7").status_code == 200

    def test_runs_from_the_day_the_employee_was_informed(self, service: Service):
        employer = flagged(service, objection_days=7)
        service.set_day("2026-03-12")
        early, late = "2026-03-04", "2026-03-06"
        refused = release(employer, "HR 7", employee_informed_on=late)
        assert refused.json()["until"] == "2026-03-13"
        assert release(employer, "HR 7", employee_informed_on=early).status_code == 200

    def test_does_not_run_before_there_was_a_flag(self, service: Service):
        employer = flagged(service, objection_days=7)
        refused = release(employer, "HR 7", employee_informed_on="1990-01-01")
        assert refused.json()["until"] == "2026-03-09"

    def test_is_used_to_object(self, service: Service):
        employer = flagged(service, objection_days=7)
        assert release(employer, "HR 7").status_code == 409
        service.set_day("2026-03-09")
        employer.ok("POST", f"/v1/flags/{flag(employer)['id']}/object", {"decided_by": "HR 7"})
        service.set_day("2026-03-10")
        refused = release(employer, "HR 7")
        assert (refused.status_code, refused.json()["code"]) == (409, "employee_objects")
        assert employer.items("/v1/referrals") == []

    def test_is_not_shortened_by_a_second_pair_of_eyes(self, service: Service):
        """Inside the window nobody has proposed anything either."""
        employer = flagged(service, objection_days=7, four_eyes=True)
        for by in ("HR 7", "Manager 12"):
            assert release(employer, by).json()["code"] == "objection_window_open"
        assert flag(employer)["proposed_by"] is None
        service.set_day("2026-03-10")
        release(employer, "HR 7")
        assert release(employer, "Manager 12").json()["state"] == "released"

    def test_of_no_days_is_no_wait(self, service: Service):
        assert release(flagged(service), "HR 7").status_code == 200

    @pytest.mark.parametrize("days", [-1, 31, 1.5, "7"])
    def test_is_up_to_thirty_days(self, service: Service, days: Any):
        employer = flagged(service)
        body = {"policy": {"objection_days": days}}
        refused = employer.refused(422, "PATCH", "/v1/tenant", body)
        assert refused["errors"][0]["pointer"] == "#/policy/objection_days"
