"""Action plans put into practice: measures carried out, follow-ups done, the case closed."""

from typing import Any

import pytest

from tests.flow.case import MEASURES, TODAY, Case, at_once, cases, codes, told
from tests.flow.test_plans import HOURS, adopted, alone, path
from tests.kit import Service
from tests.system.world import rows_of


class TestMeasures:
    def test_are_done_one_by_one_on_their_day(self, service: Service):
        employer = service.employer(preset=None)
        plan = adopted(employer, measures=[*MEASURES, HOURS])
        made = employer.ok("POST", path(plan, "measures", 2, "done"), {"done_on": TODAY})
        assert [m["done_on"] for m in made["measures"]] == [None, TODAY]
        service.set_day("2026-03-03")
        before = rows_of(service)
        again = employer.ok("POST", path(plan, "measures", 2, "done"), {"done_on": "2026-03-03"})
        assert again == made
        assert rows_of(service) == before

    @pytest.mark.parametrize("number", [0, 3, -1, 99])
    def test_that_are_not_there_are_missing(self, service: Service, number: int):
        employer = service.employer(preset=None)
        plan = adopted(employer, measures=[*MEASURES, HOURS])
        for kind in ("measures", "follow-ups"):
            if kind == "follow-ups" and number == 3:
                continue
            place = path(plan, kind, number, "done")
            refused = employer.refused(404, "POST", place, {"done_on": TODAY})
            assert refused["code"] == "not_found"

    @pytest.mark.parametrize("number", ["x", "1.5", "%D9%A1", "9" * 40, "1e0", "%00"])
    def test_have_a_number_and_nothing_else(self, service: Service, number: str):
        employer = service.employer(preset=None)
        plan = adopted(employer)
        for kind in ("measures", "follow-ups"):
            answer = employer("POST", path(plan, kind, number, "done"), {"done_on": TODAY})
            assert answer.status_code in (404, 422), number

    def test_of_a_draft_wait_for_its_adoption(self, service: Service):
        employer = service.employer(preset=None)
        plan = alone(employer, follow_ups=["2026-04-01"])
        for kind in ("measures", "follow-ups"):
            refused = employer.refused(409, "POST", path(plan, kind, 1, "done"), {"done_on": TODAY})
            assert (refused["code"], refused["allowed"]) == ("invalid_transition", ["adopt"])

    def test_cannot_have_been_done_on_a_day_to_come(self, service: Service):
        employer = service.employer(preset=None)
        plan = adopted(employer)
        before = rows_of(service)
        for kind in ("measures", "follow-ups"):
            refused = employer.refused(
                422, "POST", path(plan, kind, 1, "done"), {"done_on": "2026-03-03"}
            )
            assert codes(refused) == [("#/done_on", "date_in_future")]
        assert rows_of(service) == before

    def test_cannot_have_been_done_before_the_employment(self, service: Service):
        employer = service.employer(preset=None)
        plan = adopted(employer)
        place = path(plan, "measures", 1, "done")
        refused = employer.refused(422, "POST", place, {"done_on": "2019-12-31"})
        assert [pointer for pointer, _ in codes(refused)] == ["#/done_on"]


class TestFollowUps:
    def follow_up(self, case: Case, plan: Any, number: int, day: str, **more: Any) -> Any:
        case.employer.service.set_day(day)
        body = {"done_on": day} | more
        return case.employer.ok("POST", path(plan, "follow-ups", number, "done"), body)

    def test_close_the_case_with_the_last_of_them(self, service: Service):
        [case] = cases(service)
        plan = case.adopt(case.to("three_party_held").plan())
        told_before = len(told(case.employer, "referral.updated"))
        self.follow_up(case, plan, 1, "2026-04-07", work_status="back_in_work")
        assert case.seen()["due_on"] == "2026-06-02"
        self.follow_up(case, plan, 2, "2026-06-02")
        assert (case.seen()["state"], case.seen()["due_on"]) == ("plan_adopted", "2026-09-02")
        assert len(told(case.employer, "referral.updated")) == told_before
        done = self.follow_up(case, plan, 3, "2026-09-01", decided_by="Manager 12")
        assert done["state"] == "done"
        assert [f["work_status"] for f in done["follow_ups"]] == ["back_in_work", None, None]
        seen = case.seen()
        assert (seen["state"], seen["outcome"], seen["due_on"]) == (
            "closed",
            "plan_completed",
            None,
        )
        last = seen["history"][-1]
        assert (last["party"], last["reason"]) == ("employer", "plan_completed")
        assert len(told(case.employer, "referral.updated")) == told_before + 1

    def test_of_a_plan_without_a_referral_close_the_plan(self, service: Service):
        employer = service.employer(preset=None)
        plan = adopted(employer, follow_ups=["2026-04-01"])
        done = employer.ok("POST", path(plan, "follow-ups", 1, "done"), {"done_on": TODAY})
        assert done["state"] == "done"

    def test_come_after_the_adoption(self, service: Service):
        employer = service.employer(preset=None)
        plan = adopted(employer)
        before = rows_of(service)
        place = path(plan, "follow-ups", 1, "done")
        refused = employer.refused(422, "POST", place, {"done_on": "2026-03-01"})
        assert codes(refused) == [("#/done_on", "before_adoption")]
        assert rows_of(service) == before

    def test_done_twice_change_nothing(self, service: Service):
        [case] = cases(service)
        plan = case.adopt(case.to("three_party_held").plan())
        once = self.follow_up(case, plan, 1, "2026-04-02", work_status="back_in_work")
        before = rows_of(service)
        again = {"done_on": "2026-04-01", "work_status": "other_work"}
        assert case.employer.ok("POST", path(plan, "follow-ups", 1, "done"), again) == once
        assert rows_of(service) == before

    def test_of_a_case_that_was_closed_before_still_end_the_plan(self, service: Service):
        [case] = cases(service)
        plan = case.adopt(case.to("three_party_held").plan(follow_ups=["2026-04-01"]))
        case.move("close", case.employer, outcome="left_employment")
        before = case.seen()
        assert self.follow_up(case, plan, 1, TODAY)["state"] == "done"
        assert case.seen() == before


class TestAtOnce:
    """Eight callers at the same moment."""

    def test_adopt_one_plan_once(self, service: Service):
        [case] = cases(service)
        plan = case.to("three_party_held").plan()
        before = case.employer.messages()
        answers = at_once(*[lambda: case.adopt(plan)] * 8)
        assert {answer["state"] for answer in answers} == {"adopted"}
        assert case.employer.messages()[len(before) :] == ["referral.updated"]
        assert len(answers[0]["follow_ups"]) == 3

    def test_overwrite_nobodys_change_unseen(self, service: Service):
        employer = service.employer(preset=None)
        plan = alone(employer)
        tag = {"If-Match": employer("GET", path(plan)).headers["etag"]}
        days = [f"2026-05-{n:02}" for n in range(1, 9)]
        bodies = [{"measures": [HOURS | {"due_on": day}]} for day in days]
        calls = [lambda b=b: employer("PUT", path(plan), b, headers=tag) for b in bodies]
        statuses = [answer.status_code for answer in at_once(*calls)]
        assert sorted(statuses) == [200] + [412] * 7
        [kept] = employer.ok("GET", path(plan))["measures"]
        assert kept["due_on"] == days[statuses.index(200)]

    def test_carry_out_a_measure_each_and_none_is_lost(self, service: Service):
        employer = service.employer(preset=None)
        plan = adopted(employer, measures=[HOURS] * 8)
        body = {"done_on": TODAY}
        calls = [
            lambda n=n: employer.ok("POST", path(plan, "measures", n, "done"), body)
            for n in range(1, 9)
        ]
        at_once(*calls)
        assert {m["done_on"] for m in employer.ok("GET", path(plan))["measures"]} == {TODAY}

    def test_do_the_last_follow_up_and_close_the_case_once(self, service: Service):
        [case] = cases(service)
        plan = case.adopt(case.to("three_party_held").plan(follow_ups=["2026-04-01"]))
        place, body = path(plan, "follow-ups", 1, "done"), {"done_on": TODAY}
        before = case.employer.messages()
        at_once(*[lambda: case.employer.ok("POST", place, body)] * 8)
        assert case.employer.messages()[len(before) :] == ["referral.updated"]
        assert [m["target"] for m in case.known()["history"]].count("closed") == 1
