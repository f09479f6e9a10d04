"""Until the employee consents to feedback: what the employer sees, records, and may try."""

import pytest

from tests.flow.case import TODAY, Case, cases
from tests.flow.test_referral_moves import BY_PROVIDER, LEADS_TO, allowed_to_provider, another
from tests.kit import FIVE, Service, event
from tests.system.world import rows_of


class TestConsent:
    """What the employee's consent to feedback opens, and what stays shut without it."""

    def test_opens_the_whole_of_it_to_the_employer(self, service: Service):
        [case] = cases(service)
        case.to("talk_held")
        shut = case.seen()
        assert (shut["state"], shut["talk"], shut["recommend_three_party"]) == (
            "in_progress",
            None,
            None,
        )
        assert case.meetings(case.employer) == []
        case.move("complete", feedback_consent_on=TODAY)
        seen, known = case.seen(), case.known()
        assert seen["feedback_consent_on"] == TODAY
        steps = [[(m["source"], m["target"]) for m in one["history"]] for one in (seen, known)]
        assert steps[0] == steps[1]
        same = ("state", "talk", "recommend_three_party", "step", "due_on", "outcome")
        assert {name: seen[name] for name in same} == {name: known[name] for name in same}
        assert [m["kind"] for m in case.meetings(case.employer)] == ["health_talk"]

    def test_that_comes_later_is_taken_with_the_same_move_again(self, service: Service):
        [case] = cases(service)
        case.to("talk_held")
        service.set_day("2026-03-05")
        made = case.move("complete", feedback_consent_on="2026-03-04")
        assert (made["state"], made["feedback_consent_on"]) == ("talk_held", "2026-03-04")

    def test_that_comes_later_moves_no_deadline(self, service: Service):
        """The three-party talk is due so long after the talk, not after the consent to tell."""
        [case] = cases(service)
        due = case.to("talk_held").known()["due_on"]
        service.set_day("2026-03-09")
        case.move("complete", feedback_consent_on="2026-03-09")
        assert case.known()["due_on"] == case.seen()["due_on"] == due

    def test_that_comes_with_the_acceptance_again_moves_no_deadline(self, service: Service):
        [case] = cases(service)
        due = case.to("accepted").known()["due_on"]
        service.set_day("2026-03-09")
        case.move("accept", feedback_consent_on="2026-03-09")
        assert case.known()["due_on"] == due

    def test_cannot_have_been_given_on_a_day_to_come(self, service: Service):
        [case] = cases(service)
        before = rows_of(service)
        refused = case.refuse(422, "accept", feedback_consent_on="2026-03-03")
        assert refused["errors"][0]["pointer"] == "#/feedback_consent_on"
        assert rows_of(service) == before

    def test_cannot_have_been_given_before_there_was_a_referral(self, service: Service):
        [case] = cases(service)
        refused = case.refuse(422, "accept", feedback_consent_on="2026-03-01")
        assert refused["errors"][0]["pointer"] == "#/feedback_consent_on"

    @pytest.mark.parametrize("call", ["accept", "book", "no-show", "complete", "decline"])
    def test_is_taken_with_every_move_of_the_providers(self, service: Service, call: str):
        [case] = cases(service)
        [source, *_] = sorted(BY_PROVIDER[call] - {"requested"}) or ["requested"]
        case.to(source).move(call, feedback_consent_on=TODAY)
        assert case.seen()["state"] == LEADS_TO[call]

    def test_a_refusal_is_the_same_however_far_the_talk_has_come(self, service: Service):
        """Trying moves must not tell the employer whether somebody came."""
        told = {}
        for case, state in zip(cases(service, 3), ("accepted", "booked", "talk_held"), strict=True):
            case.to(state)
            told[state] = [
                case.employer(
                    "POST",
                    f"{case.path}/{call}",
                    case.body(call, on_behalf_of="provider", **another(case, call)),
                ).json()
                for call in ("accept", "decline", "book", "no-show", "complete")
            ]
        assert told["accepted"] == told["booked"] == told["talk_held"]
        assert {one["code"] for one in told["accepted"]} == {"provider_moves_itself"}


class TestOnBehalf:
    """For a provider without integration the employer records its moves."""

    def test_the_employer_records_the_whole_of_it(self, service: Service):
        [case] = cases(service, connected=False)
        for call in ("accept", "book", "no-show", "book", "complete"):
            case.record(call)
        case.hold(case.meet(case.employer), case.employer)
        assert case.seen()["state"] == "three_party_held"
        case.connect()
        *moves, last = case.known()["history"][1:]
        assert [m["target"] for m in moves] == [
            "accepted",
            "booked",
            "accepted",
            "booked",
            "talk_held",
        ]
        assert {(m["party"], m["recorded_by"]) for m in moves} == {("provider", "employer")}
        assert (last["party"], last["target"]) == ("employer", "three_party_held")

    def test_it_works_without_any_provider_at_all(self, service: Service):
        employer = service.employer()
        employer.batch(*map(event, FIVE))
        [made] = employer.items("/v1/referrals")
        assert made["provider_id"] is None
        case = Case(employer, employer, "", made["employee_id"], made["id"])
        for call in ("accept", "book", "complete"):
            case.record(call)
        assert case.seen()["state"] == "in_progress"
        case.adopt(case.hold(case.meet(employer), employer) and case.plan())
        assert case.seen()["state"] == "plan_adopted"

    def test_what_it_records_is_told_to_the_provider_all_the_same(self, service: Service):
        [case] = cases(service, connected=False)
        before = len(case.employer.messages())
        case.record("accept")
        case.record("book")
        assert case.employer.messages()[before:] == [
            "referral.updated",
            "referral.updated",
            "meeting.planned",
        ]

    def test_nobody_stands_in_for_a_provider_that_moves_itself(self, service: Service):
        [case] = cases(service)
        case.move("accept")
        before = rows_of(service)
        refused = case.refuse(409, "book", case.employer, on_behalf_of="provider")
        assert refused["code"] == "provider_moves_itself"
        assert rows_of(service) == before

    def test_nobody_stands_in_for_a_provider_that_could(self, service: Service):
        """What it has done must not be found out by trying: that it has a key is enough."""
        [case] = cases(service)
        before = rows_of(service)
        refused = case.refuse(409, "accept", case.employer, on_behalf_of="provider")
        assert refused["code"] == "provider_moves_itself"
        assert rows_of(service) == before

    def test_a_new_provider_may_need_it_though_the_last_did_not(self, service: Service):
        [case] = cases(service)
        case.move("accept")
        case.move("reassign", case.employer, **another(case, "reassign"))
        assert case.record("accept")["state"] == "in_progress"

    def test_consent_is_the_providers_to_report(self, service: Service):
        [case] = cases(service)
        more = {"on_behalf_of": "provider", "feedback_consent_on": TODAY}
        refused = case.refuse(422, "accept", case.employer, **more)
        assert [(e["pointer"], e["code"]) for e in refused["errors"]] == [
            ("#/feedback_consent_on", "not_yours")
        ]

    def test_an_employer_that_does_not_say_so_is_told_how(self, service: Service):
        [case] = cases(service, connected=False)
        refused = case.refuse(403, "accept", case.employer)
        assert "on_behalf_of" in refused["detail"]
        nowhere = case.path.replace(case.path[-8:], "x" * 8)
        missing = case.employer.refused(404, "POST", f"{nowhere}/accept", {})
        assert missing["code"] == "not_found"

    def test_a_provider_moves_for_itself(self, service: Service):
        [case] = cases(service)
        refused = case.refuse(422, "accept", on_behalf_of="provider")
        assert [(e["pointer"], e["code"]) for e in refused["errors"]] == [
            ("#/on_behalf_of", "not_yours")
        ]

    def test_moves_out_of_turn_are_refused_to_it_as_to_the_provider(self, service: Service):
        [case] = cases(service, connected=False)
        refused = case.refuse(409, "complete", case.employer, on_behalf_of="provider")
        assert refused["allowed"] == allowed_to_provider("requested")
