"""A fifth one-day absence within twelve months, posted today to an employer created today."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from standardwebhooks import WebhookVerificationError

from tests.kit import Caller, Employer, Service, event, five_until
from tests.receiver import Received, Receiver


@dataclass
class Story:
    """An employer, its provider, and both of their receivers, after the fifth report."""

    employer: Employer
    provider_id: str
    fhv: Caller
    fhv_receiver: Receiver
    fhv_secret: str
    own_receiver: Receiver
    own_secret: str
    answers: list[dict[str, Any]]
    fifth: dict[str, Any]

    @property
    def referral_id(self) -> str:
        [referral] = self.employer.items("/v1/referrals")
        return str(referral["id"])

    def move(self, call: str, body: Any = None) -> Any:
        """What the provider does with the referral."""
        return self.fhv.ok("POST", f"/v1/referrals/{self.referral_id}/{call}", body or {})

    def deliver(self) -> None:
        self.employer.service.deliver()


@pytest.fixture
def story(service: Service) -> Iterator[Story]:
    today = service.set_now()
    with Receiver() as fhv_receiver, Receiver() as own_receiver:
        employer = service.employer()
        provider_id = employer.provider()
        fhv_end = employer.endpoint(fhv_receiver.url, provider_id=provider_id)
        own_end = employer.endpoint(own_receiver.url)
        *before, fifth = [event(day, employee="77-4521") for day in five_until(today)]
        answers = [*employer.batch(*before), *employer.post(fifth)]
        yield Story(
            employer,
            provider_id,
            employer.key_for("provider", provider=provider_id),
            fhv_receiver,
            fhv_end["secret"],
            own_receiver,
            own_end["secret"],
            answers,
            fifth,
        )


def types(requests: list[Received], secret: str) -> list[str]:
    """The type of each message, once the official library has accepted its signature."""
    return [request.verify(secret)["type"] for request in requests]


def test_the_answer_to_the_fifth_report_names_the_flag(story: Story) -> None:
    *before, fifth = story.answers
    assert [answer["flags"] for answer in before] == [[], [], [], []]
    [flag] = story.employer.items("/v1/flags")
    assert fifth["flags"] == [flag["id"]]
    assert (flag["state"], flag["rule"]) == ("released", "orust")
    assert flag["employee_id"] == fifth["employee_id"]


def test_the_provider_gets_exactly_one_signed_request(story: Story) -> None:
    story.deliver()
    [request] = story.fhv_receiver.requests
    said = request.verify(story.fhv_secret)
    assert said["type"] == "referral.requested"
    assert said["id"] == request.headers["webhook-id"]
    assert said["data"] == {
        "referral_id": story.referral_id,
        "employee_id": story.answers[-1]["employee_id"],
        "provider_id": story.provider_id,
        "service": "health_talk",
        "state": "requested",
        "decision_reference": "KS 2026/17",
        "link": f"/v1/referrals/{story.referral_id}",
    }


def test_the_employers_own_endpoint_gets_the_flag_and_the_request(story: Story) -> None:
    story.deliver()
    told = types(story.own_receiver.requests, story.own_secret)
    assert told == ["flag.raised", "referral.requested"]


def test_what_is_sent_is_thin_and_signed_for_its_endpoint_alone(story: Story) -> None:
    story.deliver()
    sent = story.fhv_receiver.requests + story.own_receiver.requests
    assert len(sent) == 3
    assert all(b"77-4521" not in request.body for request in sent)
    assert all(len(request.body) < 4096 for request in sent)
    for request in story.fhv_receiver.requests:
        with pytest.raises(WebhookVerificationError):
            request.verify(story.own_secret)


def test_an_accepted_referral_is_in_progress_to_the_employer(story: Story) -> None:
    accepted = story.move("accept")
    seen = story.employer.ok("GET", f"/v1/referrals/{story.referral_id}")
    assert (accepted["state"], seen["state"]) == ("accepted", "in_progress")
    assert [step["target"] for step in accepted["history"]] == ["requested", "accepted"]
    assert [step["target"] for step in seen["history"]] == ["requested", "in_progress"]
    assert accepted["allowed"] == ["decline", "book", "decline-by-employee", "close"]
    assert seen["allowed"] == ["decline-by-employee", "withdraw", "close", "reassign"]


def test_an_acceptance_is_told_once_to_each(story: Story) -> None:
    story.move("accept")
    story.deliver()
    assert types(story.fhv_receiver.requests, story.fhv_secret) == [
        "referral.requested",
        "referral.updated",
    ]
    [own] = [
        request.verify(story.own_secret)
        for request in story.own_receiver.requests
        if b"referral.updated" in request.body
    ]
    assert own["data"]["state"] == "in_progress"
    assert story.fhv_receiver.requests[-1].verify(story.fhv_secret)["data"]["state"] == "accepted"


def test_an_acceptance_repeated_is_answered_alike_and_told_no_more(story: Story) -> None:
    first = story.move("accept")
    told = story.employer.messages()
    path = f"/v1/referrals/{story.referral_id}/accept"
    again = story.fhv("POST", path, {})
    assert (again.status_code, again.json()) == (200, first)
    assert story.employer.messages() == told


def test_a_provider_may_decline_what_it_has_accepted(story: Story) -> None:
    story.move("accept")
    declined = story.move("decline", {"reason": "no_capacity"})
    assert declined["state"] == "declined"
    assert declined["history"][-1]["reason"] == "no_capacity"
    seen = story.employer.ok("GET", f"/v1/referrals/{story.referral_id}")
    assert (seen["state"], seen["allowed"]) == ("declined", [])
    assert story.employer.messages()[-2:] == ["referral.updated", "referral.updated"]


def test_a_move_that_the_state_does_not_allow_is_refused_with_those_it_does(story: Story) -> None:
    path = f"/v1/referrals/{story.referral_id}"
    story.move("decline", {"reason": "not_our_area"})
    told = story.employer.messages()
    refused = story.fhv.refused(409, "POST", f"{path}/accept", {})
    assert (refused["code"], refused["allowed"]) == ("invalid_transition", [])
    withdrawal = {"decided_by": "HR 7", "reason": "no_longer_needed"}
    refused = story.employer.refused(409, "POST", f"{path}/withdraw", withdrawal)
    assert refused["code"] == "invalid_transition"
    assert story.employer.messages() == told


def test_the_employer_withdraws_what_the_provider_has_accepted(story: Story) -> None:
    story.move("accept")
    path = f"/v1/referrals/{story.referral_id}"
    withdrawal = {"decided_by": "HR 7", "reason": "no_longer_needed"}
    assert story.employer.ok("POST", f"{path}/withdraw", withdrawal)["state"] == "withdrawn"
    story.deliver()
    last = story.fhv_receiver.requests[-1].verify(story.fhv_secret)
    assert (last["type"], last["data"]["state"]) == ("referral.updated", "withdrawn")
    refused = story.fhv.refused(409, "POST", f"{path}/accept", {})
    assert refused["code"] == "invalid_transition"


def test_neither_party_makes_the_others_moves(story: Story) -> None:
    path = f"/v1/referrals/{story.referral_id}"
    assert story.employer.refused(403, "POST", f"{path}/accept", {})["code"] == "forbidden"
    withdrawal = {"decided_by": "FHV", "reason": "no_longer_needed"}
    assert story.fhv.refused(403, "POST", f"{path}/withdraw", withdrawal)["code"] == "forbidden"
    other = story.employer.key_for("provider", provider=story.employer.provider(name="Annan FHV"))
    assert other.refused(404, "POST", f"{path}/accept", {})["code"] == "not_found"
    assert other.items("/v1/referrals") == []
    assert [r["id"] for r in story.fhv.items("/v1/referrals")] == [story.referral_id]


def test_the_fifth_report_sent_again_is_a_duplicate_and_tells_nothing(story: Story) -> None:
    told = story.employer.messages()
    repeated = story.employer("POST", "/v1/events", story.fifth)
    assert (repeated.status_code, repeated.json()["status"]) == (200, "duplicate")
    said_anew = story.fifth | {"id": "said-anew"}
    [first] = story.employer.post(said_anew)
    assert (first["status"], first["flags"]) == ("created", [])
    assert story.employer.messages() == told
