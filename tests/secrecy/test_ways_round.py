"""What an inquisitive employer may try, or stumble over, to learn of a talk before consent."""

from tests.kit import Service
from tests.receiver import Receiver, Reply
from tests.secrecy.compared import assert_same, lived_briefly
from tests.secrecy.steps import (
    accept,
    by_employer,
    close,
    complete,
    hold,
    invite,
    plan_three_party,
    reassign,
    try_to_record_everything,
)
from tests.secrecy.stories import ACCEPTED, BOOKED, HELD, RECOMMENDED
from tests.secrecy.twins import Case, Person, Side, Step, Twins, every_day


def test_recording_the_first_move_does_not_show_the_next(
    on_sqlite: Service, receiver: Receiver
) -> None:
    """Whether the provider has booked is not to be found out by recording moves for it."""
    tried = [ACCEPTED, *try_to_record_everything("2026-03-05")]
    assert_same(lived_briefly(on_sqlite, receiver, [Case("x", tried, [], BOOKED)], "2026-03-06"))


def test_nor_does_saying_that_the_three_have_met(on_sqlite: Service, receiver: Receiver) -> None:
    tried = [
        ACCEPTED,
        plan_three_party("2026-03-11", "2026-03-12"),
        hold("2026-03-12"),
    ]
    twins = lived_briefly(on_sqlite, receiver, [Case("x", tried, [], RECOMMENDED)], "2026-03-13")
    assert_same(twins)


def _second_accepts(**more: str) -> Step:
    """The provider that a referral was reassigned to takes it on."""

    def do(side: Side, person: Person) -> None:
        side.provider(person, "accept", more, which=1)

    return Step("2026-03-19", do)


def test_consent_to_the_second_providers_feedback_opens_nothing_of_the_first(
    on_sqlite: Service, receiver: Receiver
) -> None:
    steps = [ACCEPTED, reassign("2026-03-18"), _second_accepts(feedback_consent_on="2026-03-19")]
    assert_same(lived_briefly(on_sqlite, receiver, [Case("x", steps, [], RECOMMENDED)]))


def test_who_met_once_is_not_told_how_it_ended_with_the_second_provider(
    on_sqlite: Service, receiver: Receiver
) -> None:
    """The employer took part in a three-party talk with the first; with the second it is told
    that the referral is closed, as everybody is."""
    steps = [
        *(ACCEPTED, *HELD, invite("2026-03-11", "2026-03-12"), hold("2026-03-12")),
        *(reassign("2026-03-18"), _second_accepts()),
    ]
    ends = [[close("2026-03-20", how, 1)] for how in ("not_completed", "back_in_work")]
    assert_same(lived_briefly(on_sqlite, receiver, [Case("x", steps, *ends)]))


def test_the_queue_of_a_provider_that_does_not_answer_tells_nothing(on_sqlite: Service) -> None:
    """What waits for its endpoint unseen must not show in what is seen to wait behind it."""
    closed = by_employer("2026-03-11", "close", {"outcome": "no_further_need"})
    with Receiver(lambda got: Reply(503 if "fhv" in got.path else 204)) as receiver:
        twins = Twins(on_sqlite, receiver, [Case("x", [ACCEPTED, closed], [], RECOMMENDED)])
        for day in every_day("2026-03-03", "2026-03-28"):
            twins.pass_days([day])
            on_sqlite.deliver()
            for side in twins.sides:
                side.looker.get("/v1/deliveries", {"limit": "200"})
        twins.look("/v1/deliveries")
    assert_same(twins)
    listed = twins.sides[0].employer.items("/v1/deliveries")
    assert {delivery["state"] for delivery in listed} == {"delivered", "failed"}


class TestReports:
    """Of whom the employer knows how far they came, it can do the sum: who is left is too few."""

    @staticmethod
    def assert_same_reports(service: Service, receiver: Receiver, known: list[Step]) -> None:
        cases = [Case(str(n), known) for n in range(11)]
        twins = Twins(service, receiver, [*cases, Case("x", [ACCEPTED], [], HELD)])
        twins.pass_days(["2026-03-03", "2026-03-04", "2026-03-10", "2026-04-15"])
        twins.look("/v1/reports")
        for side in twins.sides:
            shown = side.employer.ok("GET", "/v1/reports/outcomes")
            assert shown["participants"] == 12  # nothing is hidden for there being so few
        assert_same(twins)

    def test_who_has_said_no_at_work_is_known_to_have_come_to_no_talk(
        self, on_sqlite: Service, receiver: Receiver
    ) -> None:
        known = [by_employer("2026-03-03", "decline-by-employee")]
        self.assert_same_reports(on_sqlite, receiver, known)

    def test_who_has_consented_is_known_to_have_come(
        self, on_sqlite: Service, receiver: Receiver
    ) -> None:
        consented = complete("2026-03-10", recommend=False, feedback_consent_on="2026-03-10")
        known = [accept("2026-03-03"), *BOOKED, consented]
        self.assert_same_reports(on_sqlite, receiver, known)
