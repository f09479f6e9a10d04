"""With the employee's consent, and from the three-party talk on, the employer sees what it should.

These are the controls of the comparison, too: it notices each of them, on every channel.
"""

from typing import Any

import pytest

from tests.kit import Service
from tests.receiver import Receiver
from tests.secrecy.compared import assert_same, differences, lived_briefly
from tests.secrecy.steps import complete
from tests.secrecy.stories import (
    ACCEPTED,
    BOOKED,
    HELD,
    MISSED,
    MISSED_AND_BOOKED,
    RECOMMENDED,
    THREE_PARTY,
)
from tests.secrecy.twins import Case, Person, Side, Step


def referral(side: Side) -> dict[str, Any]:
    """The only referral of a world, as its employer sees it."""
    found: dict[str, Any] = side.employer.ok("GET", f"/v1/referrals/{side.people[0].referral_id}")
    return found


def path(shown: dict[str, Any]) -> list[tuple[Any, Any]]:
    """From where to where it went, as far as is seen."""
    return [(made["source"], made["target"]) for made in shown["history"]]


class TestConsent:
    CONSENTED = complete("2026-03-12", feedback_consent_on="2026-03-10")
    """The talk, said again with the employee's consent."""

    def test_is_noticed_on_every_channel(self, service: Service, receiver: Receiver) -> None:
        case = Case("x", [ACCEPTED], RECOMMENDED, [*RECOMMENDED, self.CONSENTED])
        twins = lived_briefly(service, receiver, [case])
        assert {"answers", "messages", "webhooks"} <= differences(twins).keys()
        for route in ("/v1/referrals", "/v1/meetings", "/v1/deliveries"):
            listed = [
                [line for line in side.looker.seen if line.startswith(f"GET {route} ")]
                for side in twins.sides
            ]
            assert listed[0] != listed[1], route

    def test_opens_state_talk_steps_deadline_and_meeting(
        self, on_sqlite: Service, receiver: Receiver
    ) -> None:
        case = Case("x", [ACCEPTED], RECOMMENDED, [*RECOMMENDED, self.CONSENTED])
        closed, opened = lived_briefly(on_sqlite, receiver, [case], "2026-03-16").sides
        hidden, seen = referral(closed), referral(opened)
        assert hidden["state"] == "in_progress"
        assert path(hidden) == [(None, "requested"), ("requested", "in_progress")]
        assert {hidden[name] for name in ("talk", "recommend_three_party", "step")} == {None}
        assert closed.employer.items("/v1/meetings") == []
        assert seen["state"] == "talk_held"
        assert ("booked", "talk_held") in path(seen)
        assert seen["talk"]["starts_at"] == "2026-03-10T08:00:00Z"
        assert (seen["recommend_three_party"], seen["step"]) == (True, "three_party")
        [talk] = opened.employer.items("/v1/meetings")
        assert (talk["kind"], talk["state"], talk["points"]) == ("health_talk", "held", [])
        assert seen["due_on"] != hidden["due_on"]
        told = opened.told()[len(closed.told()) :]
        assert [line for line in told if "'state': 'talk_held'" in line] == told
        assert len(told) == 1

    def test_opens_nothing_before_it_is_given(self, on_sqlite: Service, receiver: Receiver) -> None:
        case = Case("x", [ACCEPTED], [], [*RECOMMENDED, self.CONSENTED])
        assert_same(lived_briefly(on_sqlite, receiver, [case], "2026-03-11"))

    def test_is_the_providers_to_report(self, on_sqlite: Service, receiver: Receiver) -> None:
        """Not even where the employer may record the move itself."""
        twins = lived_briefly(on_sqlite, receiver, [Case("x")], "2026-03-04")
        side = twins.sides[0]
        body = {"on_behalf_of": "provider", "feedback_consent_on": "2026-03-02"}
        answer = side.employer.refused(
            422, "POST", f"/v1/referrals/{side.people[0].referral_id}/accept", body
        )
        assert [error["pointer"] for error in answer["errors"]] == ["#/feedback_consent_on"]


def test_from_the_three_party_talk_on_the_employer_takes_part(
    service: Service, receiver: Receiver
) -> None:
    """It sees that the three met and what follows; of the talk before it still nothing."""
    side = lived_briefly(service, receiver, [THREE_PARTY[0]], "2026-04-21").sides[0]
    shown = referral(side)
    assert (shown["state"], shown["step"]) == ("three_party_held", "plan")
    assert path(shown)[-1] == ("in_progress", "three_party_held")
    assert (shown["talk"], shown["recommend_three_party"]) == (None, None)
    assert [m["kind"] for m in side.employer.items("/v1/meetings")] == ["three_party"]
    assert any("'state': 'three_party_held'" in line for line in side.told())


class TestExceptions:
    """What the contract has the service tell, although it shows whether a talk is booked."""

    @staticmethod
    def basis_gone(day: str) -> Step:
        """The employer takes the absence back that the flag rests on."""

        def do(side: Side, person: Person) -> None:
            said = {"id": f"{person.number}-c", "source": "hr", "type": "absence.cancelled"}
            said |= {"employee": person.number, "absence": "a-2026-03-02"}
            side.ask("POST", "/v1/events", said | {"occurred_at": f"{day}T11:00:00Z"})

        return Step(day, do)

    @staticmethod
    def objection(day: str) -> Step:
        """The employer enters that the employee objects."""

        def do(side: Side, person: Person) -> None:
            side.ask("POST", f"/v1/flags/{person.flag_id}/object", {"decided_by": "HR 7"})

        return Step(day, do)

    DAY = "2026-03-18"

    @pytest.mark.parametrize("what", [basis_gone, objection], ids=["basis gone", "objection"])
    @pytest.mark.parametrize(
        ("one", "other"),
        [([], MISSED), (BOOKED, HELD), (MISSED_AND_BOOKED, RECOMMENDED)],
        ids=["not booked", "booked", "booked once more"],
    )
    def test_show_nothing_besides(
        self, on_sqlite: Service, receiver: Receiver, what: Any, one: Any, other: Any
    ) -> None:
        case = Case("x", [ACCEPTED, what(self.DAY)], one, other)
        assert_same(lived_briefly(on_sqlite, receiver, [case], "2026-03-20"))

    def test_a_basis_that_is_gone_withdraws_what_is_not_booked(
        self, service: Service, receiver: Receiver
    ) -> None:
        case = Case("x", [ACCEPTED, self.basis_gone(self.DAY)], MISSED, BOOKED)
        sides = lived_briefly(service, receiver, [case], "2026-03-20").sides
        assert [referral(side)["state"] for side in sides] == ["withdrawn", "in_progress"]
        last = [side.told()[-1] for side in sides]
        assert "referral.withdrawn" in last[0]
        assert "referral.basis_changed" in last[1]
        assert "'state': 'in_progress'" in last[1]
        assert [len(side.told()) for side in sides] == [len(sides[0].told())] * 2

    def test_an_objection_withdraws_what_is_not_booked(
        self, on_sqlite: Service, receiver: Receiver
    ) -> None:
        case = Case("x", [ACCEPTED, self.objection(self.DAY)], MISSED, BOOKED)
        sides = lived_briefly(on_sqlite, receiver, [case], "2026-03-20").sides
        assert [referral(side)["state"] for side in sides] == ["withdrawn", "in_progress"]
        refused = sides[1].employer.refused(
            409, "POST", f"/v1/flags/{sides[1].people[0].flag_id}/object", {"decided_by": "HR 7"}
        )
        assert (refused["code"], refused["allowed"]) == ("invalid_transition", [])
