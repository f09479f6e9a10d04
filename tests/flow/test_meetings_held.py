"""Meetings that took place: what is recorded of them, and what they bring with them."""

from typing import Any

import pytest

from tests.flow.case import TODAY, Case, at_once, cases, codes, employee
from tests.flow.test_meetings import MORNING, THURSDAY, WITH_CONSENT, hold, plan, series
from tests.kit import Service
from tests.system.world import rows_of


class TestHold:
    def test_says_what_was_taken_up_and_never_what_was_said(self, service: Service):
        employer = service.employer(preset=None)
        everybody = ["employee", "manager", "agency", "primary_care"]
        meeting = plan(employer, employee(employer), participants=everybody, **WITH_CONSENT)
        guides = employer.ok("GET", "/v1/guides")["items"]
        [points] = [[p["code"] for p in g["points"]] for g in guides if g["kind"] == "alignment"]
        record = {
            "points": points[:3],
            "asked_about_violence": "yes",
            "work_status": "back_in_work",
            "participants": ["employee", "manager", "agency"],
        }
        held = hold(employer, meeting, **record)
        assert held == meeting | record | {"state": "held"}

    @pytest.mark.parametrize("answer", ["maybe", True, "YES", {"asked": "yes", "answer": "no"}])
    def test_has_only_yes_and_no_for_whether_it_was_asked(self, service: Service, answer: Any):
        employer = service.employer(preset=None)
        meeting = plan(employer, employee(employer))
        path = f"/v1/meetings/{meeting['id']}/hold"
        before = rows_of(service)
        refused = employer.refused(422, "POST", path, {"asked_about_violence": answer})
        assert [pointer for pointer, _ in codes(refused)] == ["#/asked_about_violence"]
        assert rows_of(service) == before

    @pytest.mark.parametrize(
        "name", ["violence", "violence_answer", "exposed_to_violence", "answer", "notes", "comment"]
    )
    def test_has_no_field_for_an_answer(self, service: Service, name: str):
        employer = service.employer(preset=None)
        meeting = plan(employer, employee(employer))
        for method, path in (("POST", "/hold"), ("PATCH", "")):
            refused = employer.refused(
                422, method, f"/v1/meetings/{meeting['id']}{path}", {name: "no"}
            )
            [(pointer, code)] = codes(refused)
            assert pointer == f"#/{name}"
            assert code in ("unknown_field", "forbidden_field")

    def test_waits_for_the_day_it_is_planned_for(self, service: Service):
        employer = service.employer(preset=None)
        meeting = plan(employer, employee(employer), starts_at=THURSDAY)
        path = f"/v1/meetings/{meeting['id']}/hold"
        before = rows_of(service)
        assert employer.refused(409, "POST", path)["code"] == "not_yet"
        assert rows_of(service) == before
        service.set_day("2026-03-05")
        assert employer.ok("POST", path)["state"] == "held"

    def test_twice_changes_nothing(self, service: Service):
        employer = service.employer(preset=None)
        meeting = plan(employer, employee(employer))
        once = hold(employer, meeting, work_status="back_in_work")
        before = rows_of(service)
        assert hold(employer, meeting, work_status="left_employment") == once
        assert rows_of(service) == before

    @pytest.mark.parametrize("role", ["agency", "primary_care", "union", "provider"])
    def test_of_who_is_not_of_the_workplace_needs_consent(self, service: Service, role: str):
        employer = service.employer(preset=None)
        meeting = plan(employer, employee(employer), participants=["employee", "manager", role])
        path = f"/v1/meetings/{meeting['id']}/hold"
        refused = employer.refused(422, "POST", path)
        assert codes(refused) == [("#/consent", "consent_required")]
        assert hold(employer, meeting, **WITH_CONSENT)["consent"] == {"given_on": TODAY}

    def test_without_those_who_did_not_come_needs_none(self, service: Service):
        employer = service.employer(preset=None)
        who = ["employee", "manager", "agency"]
        meeting = plan(employer, employee(employer), participants=who)
        assert hold(employer, meeting, participants=["employee", "manager"])["state"] == "held"

    def test_names_points_of_the_guide_of_its_kind_alone(self, service: Service):
        employer = service.employer(preset=None)
        meeting = plan(employer, employee(employer))
        guides = employer.ok("GET", "/v1/guides")["items"]
        own = {g["kind"]: [p["code"] for p in g["points"]] for g in guides}
        foreign = next(c for c in own["three_party"] if c not in own["alignment"])
        path = f"/v1/meetings/{meeting['id']}/hold"
        points = [own["alignment"][0], "the_back_hurts", foreign]
        refused = employer.refused(422, "POST", path, {"points": points})
        assert codes(refused) == [("#/points/1", "unknown_point"), ("#/points/2", "unknown_point")]

    def test_of_what_was_cancelled_is_refused(self, service: Service):
        employer = service.employer(preset=None)
        meeting = plan(employer, employee(employer))
        employer.ok("POST", f"/v1/meetings/{meeting['id']}/cancel")
        refused = employer.refused(409, "POST", f"/v1/meetings/{meeting['id']}/hold")
        assert (refused["code"], refused["allowed"]) == ("invalid_transition", [])

    def test_of_a_health_talk_is_the_referrals_move(self, service: Service):
        [case] = cases(service)
        [talk] = case.to("booked", consented=True).meetings()
        for by in (case.fhv, case.employer):
            for call, body in (("hold", {}), ("cancel", {}), ("move", {"starts_at": THURSDAY})):
                refused = by.refused(409, "POST", f"/v1/meetings/{talk['id']}/{call}", body)
                assert (refused["code"], refused["allowed"]) == ("invalid_transition", [])


class TestThreeParty:
    """A held three-party talk (trepartssamtal) moves its referral."""

    @pytest.mark.parametrize("held_by", ["employer", "provider"])
    def test_on_the_providers_invitation_may_be_recorded_by_either(
        self, service: Service, held_by: str
    ):
        [case] = cases(service)
        meeting = case.to("talk_held").meet()
        case.hold(meeting, case.fhv if held_by == "provider" else case.employer)
        assert case.seen()["state"] == case.known()["state"] == "three_party_held"
        assert case.known()["history"][-1]["party"] == held_by

    def test_on_the_employers_own_invitation_needs_the_consent_to_feedback(self, service: Service):
        [case] = cases(service)
        meeting = case.to("talk_held").meet(case.employer)
        path = f"/v1/meetings/{meeting['id']}/hold"
        before = rows_of(service)
        assert case.employer.refused(409, "POST", path)["code"] == "feedback_consent_needed"
        assert rows_of(service) == before
        case.move("complete", feedback_consent_on=TODAY)
        assert case.hold(meeting, case.employer)["state"] == "held"
        assert case.seen()["state"] == "three_party_held"

    def test_tells_the_employer_that_tries_it_nothing_of_how_far_the_talk_has_come(
        self, service: Service
    ):
        answers = []
        for case, state in zip(cases(service, 3), ("accepted", "booked", "talk_held"), strict=True):
            meeting = case.to(state).meet(case.employer)
            answer = case.employer("POST", f"/v1/meetings/{meeting['id']}/hold")
            answers.append((answer.status_code, answer.content))
        assert len(set(answers)) == 1
        assert answers[0][0] == 409

    def test_with_two_of_the_three_is_none(self, service: Service):
        [case] = cases(service)
        meeting = case.to("talk_held").meet()
        path = f"/v1/meetings/{meeting['id']}/hold"
        before = rows_of(service)
        body = {"participants": ["employee", "manager"]}
        for by in (case.employer, case.fhv):
            assert codes(by.refused(422, "POST", path, body)) == [
                ("#/participants", "roles_missing")
            ]
        assert rows_of(service) == before

    def test_before_anything_has_happened_is_out_of_turn(self, service: Service):
        [case] = cases(service)
        meeting = case.meet(case.employer)
        before = rows_of(service)
        for by in (case.employer, case.fhv):
            refused = by.refused(409, "POST", f"/v1/meetings/{meeting['id']}/hold")
            assert refused["code"] == "invalid_transition"
        assert rows_of(service) == before

    def test_held_again_later_leaves_the_referral_where_it_is(self, service: Service):
        [case] = cases(service)
        case.to("plan_adopted")
        case.hold(case.meet(case.employer), case.employer)
        assert case.seen()["state"] == "plan_adopted"


class TestFollowUp:
    """A held follow-up meeting does the next follow-up of the plan."""

    def followed_up(self, case: Case, day: str, **record: Any) -> Any:
        case.employer.service.set_day(day)
        body = {"kind": "follow_up", "referral_id": case.id, "starts_at": f"{day}T09:00:00+02:00"}
        meeting = plan(case.employer, case.employee_id, **body)
        hold(case.employer, meeting, **record)
        [found] = case.employer.items(f"/v1/plans?referral_id={case.id}")
        return found

    def test_one_after_the_other_until_the_case_is_closed(self, service: Service):
        [case] = cases(service)
        case.to("plan_adopted")
        for number, day in enumerate(("2026-04-07", "2026-06-02", "2026-09-02"), 1):
            found = self.followed_up(case, day, work_status="back_in_work")
            assert [one["done_on"] is not None for one in found["follow_ups"]].count(True) == number
            assert found["follow_ups"][number - 1]["work_status"] == "back_in_work"
            assert found["follow_ups"][number - 1]["done_on"] == day
        assert found["state"] == "done"
        seen = case.seen()
        assert (seen["state"], seen["outcome"]) == ("closed", "plan_completed")

    def test_before_there_is_a_plan_is_only_a_meeting(self, service: Service):
        [case] = cases(service)
        case.to("three_party_held")
        body = {"kind": "follow_up", "referral_id": case.id}
        assert hold(case.employer, plan(case.employer, case.employee_id, **body))["state"] == "held"
        assert case.seen()["state"] == "three_party_held"

    def test_of_a_day_before_the_plan_is_no_follow_up_of_it(self, service: Service):
        [case] = cases(service)
        case.to("three_party_held")
        body = {"kind": "follow_up", "referral_id": case.id, "starts_at": MORNING}
        early = plan(case.employer, case.employee_id, **body)
        service.set_day("2026-03-09")
        case.adopt(case.plan())
        hold(case.employer, early)
        [found] = case.employer.items("/v1/plans")
        assert [one["done_on"] for one in found["follow_ups"]] == [None, None, None]

    def test_held_twice_does_one(self, service: Service):
        [case] = cases(service)
        case.to("plan_adopted")
        body = {"kind": "follow_up", "referral_id": case.id}
        meeting = plan(case.employer, case.employee_id, **body)
        hold(case.employer, meeting)
        hold(case.employer, meeting)
        [found] = case.employer.items("/v1/plans")
        assert [bool(one["done_on"]) for one in found["follow_ups"]] == [True, False, False]


class TestRecord:
    """PATCH: more of what was taken up, remembered later."""

    def test_keeps_what_is_not_named(self, service: Service):
        employer = service.employer(preset=None)
        meeting = plan(employer, employee(employer))
        held = hold(employer, meeting, asked_about_violence="yes")
        path = f"/v1/meetings/{meeting['id']}"
        noted = employer.ok("PATCH", path, {"work_status": "other_work"})
        assert noted == held | {"work_status": "other_work"}
        assert employer.ok("PATCH", path, {"asked_about_violence": "no"}) == noted | {
            "asked_about_violence": "no"
        }

    def test_of_what_was_taken_up_waits_for_the_day(self, service: Service):
        employer = service.employer(preset=None)
        meeting = plan(employer, employee(employer), starts_at=THURSDAY)
        path = f"/v1/meetings/{meeting['id']}"
        for record in ({"asked_about_violence": "yes"}, {"work_status": "back_in_work"}):
            assert employer.refused(409, "PATCH", path, record)["code"] == "not_yet"
        assert employer.ok("PATCH", path, WITH_CONSENT)["consent"] == {"given_on": TODAY}

    def test_of_nothing_changes_nothing(self, service: Service):
        employer = service.employer(preset=None)
        meeting = plan(employer, employee(employer))
        before = rows_of(service)
        assert employer.ok("PATCH", f"/v1/meetings/{meeting['id']}", {}) == meeting
        assert rows_of(service) == before

    def test_of_what_was_cancelled_is_refused(self, service: Service):
        employer = service.employer(preset=None)
        path = f"/v1/meetings/{plan(employer, employee(employer))['id']}"
        employer.ok("POST", f"{path}/cancel")
        refused = employer.refused(409, "PATCH", path, {"work_status": "other_work"})
        assert refused["code"] == "invalid_transition"

    def test_of_a_held_one_adds_nobody_from_outside_without_consent(self, service: Service):
        employer = service.employer(preset=None)
        meeting = plan(employer, employee(employer))
        hold(employer, meeting)
        path = f"/v1/meetings/{meeting['id']}"
        body = {"participants": ["employee", "manager", "agency"]}
        assert codes(employer.refused(422, "PATCH", path, body)) == [
            ("#/consent", "consent_required")
        ]
        assert employer.ok("PATCH", path, body | WITH_CONSENT)["participants"][-1] == "agency"

    def test_of_a_health_talk_is_the_providers(self, service: Service):
        [case] = cases(service)
        [talk] = case.to("talk_held", consented=True).meetings()
        path = f"/v1/meetings/{talk['id']}"
        noted = case.fhv.ok("PATCH", path, {"points": ["work"], "asked_about_violence": "yes"})
        assert (noted["points"], noted["asked_about_violence"]) == (["work"], "yes")
        seen = case.employer.ok("GET", path)
        assert (seen["points"], seen["asked_about_violence"]) == ([], None)
        assert case.employer.refused(409, "PATCH", path, {"points": ["work"]})["allowed"] == []


class TestAtOnce:
    """Eight callers at the same moment."""

    def test_hold_a_meeting_once(self, service: Service):
        [case] = cases(service)
        meeting = case.to("talk_held").meet()
        before = case.employer.messages()
        answers = at_once(*[lambda: case.hold(meeting)] * 8)
        assert {answer["state"] for answer in answers} == {"held"}
        assert case.employer.messages()[len(before) :] == ["referral.updated"]
        assert [m["target"] for m in case.known()["history"]].count("three_party_held") == 1

    def test_hold_or_cancel_and_one_of_the_two_holds_good(self, service: Service):
        employer = service.employer(preset=None)
        path = f"/v1/meetings/{plan(employer, employee(employer))['id']}"
        calls = [lambda c=c: employer("POST", f"{path}/{c}") for c in ("hold", "cancel") * 4]
        statuses = [answer.status_code for answer in at_once(*calls)]
        assert sorted(statuses) == [200] * 4 + [409] * 4
        winner = "held" if statuses[0] == 200 else "cancelled"
        assert employer.ok("GET", path)["state"] == winner

    def test_book_no_more_than_the_slots_hold(self, service: Service):
        employer = service.employer(preset=None)
        path = series(employer, slots=2, capacity=2, last_day="2026-03-05")
        ids = [employee(employer, str(3000 + n)) for n in range(8)]
        calls = [lambda i=i: employer("POST", f"{path}/book", {"employee_id": i}) for i in ids]
        statuses = sorted(answer.status_code for answer in at_once(*calls))
        assert statuses == [201] * 4 + [409] * 4
        places = [(m["occurrence"], m["slot"]) for m in employer.items("/v1/meetings")]
        assert sorted(places) == [("2026-03-05", 1)] * 2 + [("2026-03-05", 2)] * 2
