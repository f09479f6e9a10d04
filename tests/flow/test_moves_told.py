"""Who hears of a move, by signed webhook, and what becomes of a referral whose cause is gone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.flow.case import TODAY, WAY, Case, cases
from tests.kit import FIVE, Service, event
from tests.receiver import Receiver


@dataclass
class Heard:
    """What reached an endpoint, once its signature was verified."""

    service: Service
    receiver: Receiver
    secret: str
    read: int = 0

    def news(self) -> list[tuple[str, str]]:
        """What came since the last time: its type, and the state it tells."""
        fresh = self.receiver.requests[self.read :]
        self.read += len(fresh)
        said = [request.verify_at(self.service.clock.now(), self.secret) for request in fresh]
        return [(one["type"], one["data"]["state"]) for one in said]


@pytest.fixture
def told(service: Service) -> Iterator[Callable[[], tuple[Any, Any]]]:
    """A case, and a function that delivers and answers what the provider and the employer hear."""
    [case] = cases(service)
    with Receiver() as theirs, Receiver() as ours:
        provider_end = case.employer.endpoint(theirs.url, provider_id=case.provider_id)
        provider = Heard(service, theirs, provider_end["secret"])
        employer = Heard(service, ours, case.employer.endpoint(ours.url)["secret"])

        def news() -> tuple[Any, Any]:
            service.deliver()
            return provider.news(), employer.news()

        news.case = case  # type: ignore[attr-defined]
        yield news


class TestTold:
    """Each party hears of what it may know, at every step, and of nothing twice."""

    def test_hidden_moves_reach_the_provider_alone(self, told: Any):
        case: Case = told.case
        case.move("accept")
        assert told() == (
            [("referral.updated", "accepted")],
            [("referral.updated", "in_progress")],
        )
        case.move("book")
        assert told() == ([("referral.updated", "booked"), ("meeting.planned", "planned")], [])
        case.move("no-show")
        assert told() == (
            [("referral.updated", "accepted"), ("meeting.cancelled", "cancelled")],
            [],
        )
        case.move("book")
        case.move("complete")
        assert [state for _, state in told()[0]] == ["booked", "planned", "talk_held"]
        meeting = case.meet()
        assert told() == ([("meeting.planned", "planned")], [("meeting.planned", "planned")])
        case.hold(meeting)
        both = [("referral.updated", "three_party_held")]
        assert told() == (both, both)

    def test_with_consent_both_hear_the_same(self, told: Any):
        case: Case = told.case
        case.move("accept", feedback_consent_on=TODAY)
        case.move("book")
        case.move("complete")
        provider, employer = told()
        assert provider == employer
        assert [state for _, state in employer] == ["accepted", "booked", "planned", "talk_held"]

    def test_the_same_end_reads_the_same_whoever_said_no(self, told: Any):
        case: Case = told.case
        case.move("decline-by-employee")
        provider, employer = told()
        assert provider == [("referral.updated", "declined_by_employee")]
        assert employer == [("referral.updated", "declined")]

    def test_a_withdrawal_calls_the_talk_off_with_the_provider_alone(self, told: Any):
        case: Case = told.case
        case.move("accept")
        case.move("book")
        told()
        case.move("withdraw", case.employer)
        provider, employer = told()
        assert sorted(provider) == [
            ("meeting.cancelled", "cancelled"),
            ("referral.updated", "withdrawn"),
        ]
        assert employer == [("referral.updated", "withdrawn")]


CANCELLED = {"type": "absence.cancelled", "first_day": ..., "last_day": ...}


class TestReconciliation:
    """The cause is gone: before a talk is booked it withdraws, after that people decide."""

    @pytest.mark.parametrize("state", WAY)
    def test_is_told_at_every_state(self, service: Service, state: str):
        [case] = cases(service)
        case.to(state)
        before, history = case.employer.messages(), case.known()["history"]
        case.employer.post(event(FIVE[0], employee="1001", occurred_on=TODAY, **CANCELLED))
        news = sorted(case.employer.messages()[len(before) :])
        if state in ("requested", "accepted"):
            assert news == ["flag.withdrawn", "referral.withdrawn"]
            assert case.known()["state"] == "withdrawn"
            last = case.known()["history"][-1]
            assert (last["party"], last["reason"]) == ("service", "basis_gone")
        else:
            assert news == ["flag.withdrawn", "referral.basis_changed"]
            assert case.known()["state"] == state
            assert case.known()["history"] == history

    def test_leaves_nothing_due(self, service: Service):
        [case] = cases(service)
        case.employer.post(event(FIVE[0], employee="1001", occurred_on=TODAY, **CANCELLED))
        known = case.known()
        assert (known["step"], known["due_on"], known["allowed"]) == (None, None, [])
        service.set_day("2026-06-01")
        service.tick()
        assert "referral.overdue" not in case.employer.messages()

    def test_of_what_is_over_changes_nothing(self, service: Service):
        [case] = cases(service)
        case.to("closed")
        before = case.employer.messages()
        case.employer.post(event(FIVE[0], employee="1001", occurred_on=TODAY, **CANCELLED))
        assert case.employer.messages() == before
