"""Another provider takes over: what it gets, and what the one before keeps and loses."""

from typing import Any

import pytest
from sqlalchemy import select

from app.meetings.tables import Meeting
from tests.flow.case import TODAY, WAY, Case, at_once, cases, told
from tests.kit import Caller, Service
from tests.system.world import rows_of


def meeting_states(service: Service) -> list[str]:
    """The state of every stored meeting, whoever may see it."""
    with service.ctx.database.read() as conn:
        return list(conn.scalars(select(Meeting.state)))


def successor(case: Case, **more: Any) -> tuple[str, Caller]:
    """A second provider, and its key."""
    provider_id = case.employer.provider(**{"name": "Ny FHV"} | more)
    return provider_id, case.employer.key_for("provider", provider=provider_id)


def reassign(case: Case, provider_id: str) -> Any:
    return case.move("reassign", case.employer, provider_id=provider_id)


class TestTakesOver:
    @pytest.mark.parametrize("state", WAY)
    def test_from_whatever_is_not_over(self, service: Service, state: str):
        [case] = cases(service)
        case.to(state)
        other, fhv = successor(case)
        made = reassign(case, other)
        assert (made["state"], made["provider_id"]) == ("requested", other)
        known = fhv.ok("GET", case.path)
        assert (known["state"], known["talk"]) == ("requested", None)
        assert known["recommend_three_party"] is None
        assert (known["step"], known["due_on"]) == ("accept", "2026-03-05")

    def test_goes_all_the_way_anew(self, service: Service):
        [case] = cases(service)
        case.to("talk_held")
        other, fhv = successor(case)
        reassign(case, other)
        again = Case(case.employer, fhv, other, case.employee_id, case.id)
        assert again.to("plan_adopted").seen()["state"] == "plan_adopted"

    def test_consent_was_to_feedback_from_the_one_before(self, service: Service):
        [case] = cases(service)
        case.to("talk_held", consented=True)
        other, fhv = successor(case)
        assert reassign(case, other)["feedback_consent_on"] is None
        fhv.ok("POST", f"{case.path}/accept")
        assert case.seen()["state"] == "in_progress"

    def test_finds_nothing_of_what_was_done_at_the_one_before(self, service: Service):
        """That somebody came to a talk is the secret of the provider that held it."""
        [case] = cases(service)
        [talk] = case.to("talk_held").meetings()
        case.fhv.ok("PATCH", f"/v1/meetings/{talk['id']}", {"asked_about_violence": "yes"})
        other, fhv = successor(case)
        reassign(case, other)
        assert fhv.items("/v1/meetings") == []
        assert fhv.refused(404, "GET", f"/v1/meetings/{talk['id']}")["code"] == "not_found"
        seen = {step[end] for step in fhv.ok("GET", case.path)["history"] for end in STEP}
        assert seen.isdisjoint({"booked", "talk_held"})

    def test_gets_the_contact_that_the_one_before_no_longer_has(self, service: Service):
        [case] = cases(service)
        contact = {"name": "Kim Exempel", "phone": "070-174 06 05", "email": "kim@example.se"}
        person = {"employee": "1001", "contact": contact, "personal_number": "191212121212"}
        case.employer.ok("PUT", "/v1/employees", person)
        assert case.known()["contact"] == contact
        other, fhv = successor(case)
        assert reassign(case, other)["contact"] is None
        assert fhv.ok("GET", case.path)["contact"] == contact
        assert case.fhv("GET", case.path).status_code == 404


STEP = ("source", "target")


class TestLeft:
    def test_is_told_of_a_withdrawal_and_of_nothing_more(self, service: Service):
        [case] = cases(service)
        case.to("accepted")
        other, fhv = successor(case)
        reassign(case, other)
        assert [provider["state"] for provider, _ in told(case.employer, "referral.withdrawn")] == [
            "withdrawn"
        ]
        [(left, employer)] = told(case.employer, "referral.withdrawn")
        assert (left["provider_id"], employer) == (case.provider_id, None)
        *_, (taken, own) = told(case.employer, "referral.updated")
        assert taken == own
        assert (own["provider_id"], own["state"]) == (other, "requested")
        fhv.ok("POST", f"{case.path}/accept")
        assert len(told(case.employer, "referral.withdrawn")) == 1

    def test_finds_it_no_more(self, service: Service):
        [case] = cases(service)
        [talk] = case.to("booked").meetings()
        other, _ = successor(case)
        reassign(case, other)
        nobodys = case.fhv("GET", "/v1/referrals/ref_nobody")
        for method, path in (
            ("GET", case.path),
            ("POST", f"{case.path}/accept"),
            ("POST", f"{case.path}/no-show"),
            ("GET", f"/v1/meetings/{talk['id']}"),
        ):
            answer = case.fhv(method, path)
            assert (answer.status_code, answer.content) == (404, nobodys.content)
        assert case.fhv.items("/v1/referrals") == []
        assert case.fhv.items("/v1/meetings") == []

    def test_hears_that_what_was_planned_is_off(self, service: Service):
        [case] = cases(service)
        case.to("booked")
        other, _ = successor(case)
        reassign(case, other)
        [(left, employer)] = told(case.employer, "meeting.cancelled")
        assert (left["kind"], employer) == ("health_talk", None)


class TestRefused:
    def test_to_a_provider_that_cannot_take_it(self, service: Service):
        [case], [theirs] = cases(service), cases(service)
        case.to("booked")
        unfit = [
            "prv_nobody",
            theirs.provider_id,
            successor(case, units=["forskolan"])[0],
            successor(case, services=["rehabilitation_investigation"])[0],
            successor(case, valid_to="2026-03-01")[0],
        ]
        before = rows_of(service)
        answers = [case.refuse(409, "reassign", case.employer, provider_id=p) for p in unfit]
        assert {answer["code"] for answer in answers} == {"no_provider"}
        assert rows_of(service) == before

    @pytest.mark.parametrize("state", ["declined", "withdrawn", "closed"])
    def test_once_it_is_over(self, service: Service, state: str):
        [case] = cases(service)
        case.to(state)
        other, _ = successor(case)
        before = rows_of(service)
        refused = case.refuse(409, "reassign", case.employer, provider_id=other)
        assert (refused["code"], refused["allowed"]) == ("invalid_transition", [])
        assert rows_of(service) == before

    def test_tells_the_employer_nothing_of_how_far_the_talk_has_come(self, service: Service):
        seen = []
        for case, state in zip(cases(service, 3), ("accepted", "booked", "talk_held"), strict=True):
            case.to(state)
            other, _ = successor(case)
            made = reassign(case, other)
            own = {"id", "employee_id", "provider_id", "flags"}
            seen.append({name: value for name, value in made.items() if name not in own})
        assert seen[0] == seen[1] == seen[2]


class TestRepeated:
    def test_to_the_same_provider_changes_nothing(self, service: Service):
        [case] = cases(service)
        other, _ = successor(case)
        made = reassign(case, other)
        before = rows_of(service)
        assert reassign(case, other) == made
        assert rows_of(service) == before

    def test_to_the_provider_that_has_accepted_begins_anew(self, service: Service):
        [case] = cases(service)
        case.to("accepted")
        service.set_day("2026-03-09")
        made = reassign(case, case.provider_id)
        assert (made["state"], made["due_on"]) == ("requested", "2026-03-12")
        assert told(case.employer, "referral.withdrawn") == []
        assert case.move("accept")["state"] == "accepted"

    def test_to_the_provider_that_has_booked_calls_the_talk_off(self, service: Service):
        [case] = cases(service)
        case.to("booked")
        reassign(case, case.provider_id)
        assert case.known()["talk"] is None
        assert meeting_states(service) == ["cancelled"]
        case.to("booked")
        assert sorted(meeting_states(service)) == ["cancelled", "planned"]


def test_eight_at_once_leave_it_with_one_and_tell_all_the_others(service: Service) -> None:
    [case] = cases(service)
    providers = [successor(case)[0] for _ in range(8)]
    at_once(*[lambda p=p: reassign(case, p) for p in providers])
    [left] = [case.seen()["provider_id"]]
    assert left in providers
    withdrawn = [one["provider_id"] for one, _ in told(case.employer, "referral.withdrawn")]
    assert sorted(withdrawn) == sorted({case.provider_id, *providers} - {left})
    assert case.seen()["feedback_consent_on"] is None
    assert case.seen()["requested_at"].startswith(TODAY)
