"""One of five absences turns out never to have been: what was raised for them goes with it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.kit import FIVE, Employer, Service, event
from tests.receiver import Receiver

WITHDRAWN = ["flag.withdrawn", "referral.withdrawn"]


@pytest.fixture
def fhv() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def own() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


def flagged(service: Service, release: str, fhv: Receiver, own: Receiver) -> tuple[Employer, str]:
    """An employer whose one employee has five episodes, and its provider."""
    employer = service.employer(release=release)
    provider_id = employer.provider()
    employer.endpoint(fhv.url, provider_id=provider_id)
    employer.endpoint(own.url)
    employer.batch(*map(event, FIVE))
    return employer, provider_id


def cancelled(day: str, **more: Any) -> dict[str, Any]:
    """The absence of that day is taken back today."""
    said = {"type": "absence.cancelled", "first_day": ..., "last_day": ...}
    return event(day, **said, occurred_on=FIVE[-1], **more)


def told(receiver: Receiver) -> list[str]:
    return [json.loads(request.body)["type"] for request in receiver.requests]


def states(employer: Employer) -> tuple[list[str], list[str]]:
    """Of every flag, and of every referral as the employer sees it."""
    flags, referrals = employer.items("/v1/flags"), employer.items("/v1/referrals")
    return [flag["state"] for flag in flags], [referral["state"] for referral in referrals]


@pytest.mark.parametrize("day", [FIVE[0], FIVE[-1]])
def test_before_release_the_flag_is_withdrawn_and_the_provider_never_hears(
    service: Service, fhv: Receiver, own: Receiver, day: str
) -> None:
    employer, _ = flagged(service, "manual", fhv, own)
    [flag] = employer.items("/v1/flags")
    [answer] = employer.post(cancelled(day))
    assert answer["flags"] == [flag["id"]]
    assert states(employer) == (["withdrawn"], [])
    service.deliver()
    assert (told(own), told(fhv)) == (["flag.raised", "flag.withdrawn"], [])


def test_after_release_the_referral_is_withdrawn_and_the_provider_is_told(
    service: Service, fhv: Receiver, own: Receiver
) -> None:
    employer, _ = flagged(service, "automatic", fhv, own)
    employer.post(cancelled(FIVE[1]))
    assert states(employer) == (["withdrawn"], ["withdrawn"])
    service.deliver()
    assert told(own) == ["flag.raised", "referral.requested", *WITHDRAWN]
    assert told(fhv) == ["referral.requested", "referral.withdrawn"]
    requested, withdrawn = (json.loads(request.body)["data"] for request in fhv.requests)
    assert withdrawn == requested | {"state": "withdrawn"}
    [referral] = employer.items("/v1/referrals")
    last = referral["history"][-1]
    assert (last["party"], last["target"], last["reason"]) == ("service", "withdrawn", "basis_gone")


def test_after_acceptance_the_referral_is_withdrawn_as_well(
    service: Service, fhv: Receiver, own: Receiver
) -> None:
    employer, provider_id = flagged(service, "automatic", fhv, own)
    [referral] = employer.items("/v1/referrals")
    provider = employer.key_for("provider", provider=provider_id)
    provider.ok("POST", f"/v1/referrals/{referral['id']}/accept", {})
    employer.post(cancelled(FIVE[2]))
    assert states(employer) == (["withdrawn"], ["withdrawn"])
    service.deliver()
    assert told(fhv) == ["referral.requested", "referral.updated", "referral.withdrawn"]
    seen = provider.ok("GET", f"/v1/referrals/{referral['id']}")
    assert [step["target"] for step in seen["history"]] == ["requested", "accepted", "withdrawn"]
    refused = provider.refused(409, "POST", f"/v1/referrals/{referral['id']}/accept", {})
    assert (refused["code"], refused["allowed"]) == ("invalid_transition", [])


def test_after_the_provider_declined_nothing_changes_and_nothing_is_told(
    service: Service, fhv: Receiver, own: Receiver
) -> None:
    employer, provider_id = flagged(service, "automatic", fhv, own)
    [referral] = employer.items("/v1/referrals")
    provider = employer.key_for("provider", provider=provider_id)
    provider.ok("POST", f"/v1/referrals/{referral['id']}/decline", {"reason": "no_capacity"})
    before = employer.messages()
    [answer] = employer.post(cancelled(FIVE[-1]))
    assert answer["flags"] == []
    assert states(employer) == (["released"], ["declined"])
    assert employer.messages() == before


def test_the_cancellation_sent_again_changes_nothing_more(
    service: Service, fhv: Receiver, own: Receiver
) -> None:
    employer, _ = flagged(service, "automatic", fhv, own)
    once = cancelled(FIVE[1])
    employer.post(once)
    before = employer.messages()
    said_anew = cancelled(FIVE[1])
    assert [answer["flags"] for answer in employer.post(once, said_anew)] == [[], []]
    service.tick()
    assert employer.messages() == before


def test_an_absence_reported_after_its_cancellation_refers_anew(
    service: Service, fhv: Receiver, own: Receiver
) -> None:
    employer, _ = flagged(service, "automatic", fhv, own)
    employer.post(cancelled(FIVE[-1], occurred_at="2026-03-02T09:00:00+01:00"))
    employer.post(event(FIVE[-1], occurred_at="2026-03-02T10:00:00+01:00"))
    assert states(employer) == (["withdrawn", "released"], ["withdrawn", "requested"])
    service.deliver()
    assert told(fhv) == ["referral.requested", "referral.withdrawn", "referral.requested"]


def test_an_earlier_report_that_arrives_after_the_cancellation_does_not_undo_it(
    service: Service, fhv: Receiver, own: Receiver
) -> None:
    employer, _ = flagged(service, "manual", fhv, own)
    employer.post(cancelled(FIVE[-1], occurred_at="2026-03-02T09:00:00+01:00"))
    employer.post(event(FIVE[-1], occurred_at="2026-03-02T08:00:00+01:00"))
    assert states(employer) == (["withdrawn"], [])


def test_a_sixth_absence_in_its_place_keeps_the_flag(
    service: Service, fhv: Receiver, own: Receiver
) -> None:
    employer, _ = flagged(service, "automatic", fhv, own)
    employer.post(event("2025-12-01"))
    before = employer.messages()
    employer.post(cancelled(FIVE[1]))
    assert states(employer) == (["released"], ["requested"])
    assert set(employer.messages()[len(before) :]) == {"flag.updated"}
