"""The table of moves, written out from api.md once more and compared pair by pair."""

from itertools import product
from typing import get_args

import pytest

from app.flags.picture import ENDED, NOT_YET_BOOKED, OPEN, ReferralState
from app.referrals.moves import (
    CALLS,
    MOVES,
    STATES,
    Call,
    Party,
    allowed_calls,
    made_already,
    next_state,
)

ALL: tuple[ReferralState, ...] = get_args(ReferralState)
PARTIES: tuple[Party, ...] = get_args(Party)
ON_THE_WAY = (
    "requested",
    "accepted",
    "booked",
    "talk_held",
    "three_party_held",
    "plan_adopted",
)
OVER = ("declined", "declined_by_employee", "withdrawn", "closed")
EITHER = ("employer", "provider")
TABLE: dict[str, tuple[tuple[str, ...], str, tuple[str, ...]]] = {
    "accept": (("requested",), "accepted", ("provider",)),
    "decline": (("requested", "accepted"), "declined", ("provider",)),
    "book": (("accepted", "booked"), "booked", ("provider",)),
    "no-show": (("booked",), "accepted", ("provider",)),
    "complete": (("booked",), "talk_held", ("provider",)),
    "three-party-meeting": (("talk_held",), "three_party_held", EITHER),
    "adopt-plan": (("three_party_held",), "plan_adopted", ("employer",)),
    "last-follow-up": (("plan_adopted",), "closed", ("employer",)),
    "decline-by-employee": (ON_THE_WAY, "declined_by_employee", EITHER),
    "withdraw": (ON_THE_WAY, "withdrawn", ("employer",)),
    "close": (ON_THE_WAY, "closed", EITHER),
    "reassign": (ON_THE_WAY, "requested", ("employer",)),
}
"""From where, to where, and by whom: the rows of api.md in their order."""
EVERY = list(product(TABLE, ALL))


class TestTable:
    def test_has_the_states_of_the_contract(self):
        assert set(ALL) == STATES == {*ON_THE_WAY, *OVER}
        assert set(ON_THE_WAY) == OPEN
        assert set(OVER) == ENDED
        assert sorted(NOT_YET_BOOKED) == ["accepted", "requested"]

    def test_has_the_calls_of_the_contract_in_its_order(self):
        assert list(CALLS) == list(MOVES) == list(TABLE)

    @pytest.mark.parametrize(("call", "state"), EVERY)
    def test_leads_where_the_contract_says_and_nowhere_else(self, call: Call, state: str):
        sources, target, _ = TABLE[call]
        assert next_state(call, state) == (target if state in sources else None)

    @pytest.mark.parametrize("party", PARTIES)
    @pytest.mark.parametrize("state", ALL)
    def test_allows_each_party_its_own_calls(self, state: str, party: Party):
        assert allowed_calls(state, party) == [
            call for call, (sources, _, by) in TABLE.items() if state in sources and party in by
        ]

    @pytest.mark.parametrize("state", OVER)
    def test_leads_out_of_no_end(self, state: str):
        assert [call for call in CALLS if next_state(call, state)] == []

    @pytest.mark.parametrize("state", ON_THE_WAY)
    @pytest.mark.parametrize("party", EITHER)
    def test_gives_each_party_a_way_out_of_whatever_is_not_over(self, state: str, party: Party):
        ends = {next_state(call, state) for call in allowed_calls(state, party)}
        assert ends & set(OVER)

    def test_reaches_every_state_from_the_request(self):
        reached, before = {"requested"}, set[str]()
        while reached != before:
            before = set(reached)
            reached |= {to for call in CALLS for state in before if (to := next_state(call, state))}
        assert reached == set(ALL)

    def test_allows_the_service_itself_no_call(self):
        """Reconciliation withdraws by its own rules, semantics 7, and not by a call."""
        assert [call for state in ALL for call in allowed_calls(state, "service")] == []


class TestMadeAlready:
    """A call repeated is no error where it has brought the referral into its state."""

    @pytest.mark.parametrize(("call", "state"), EVERY)
    def test_is_so_in_the_state_that_the_call_leads_to_and_in_no_other(
        self, call: Call, state: str
    ):
        _, target, _ = TABLE[call]
        if state != target:
            assert not any(made_already(call, state, source) for source in (None, *ALL))

    @pytest.mark.parametrize(
        "call", [call for call in TABLE if call not in ("no-show", "accept", "reassign")]
    )
    def test_holds_from_wherever_the_call_may_come(self, call: Call):
        sources, target, _ = TABLE[call]
        assert {made_already(call, target, source) for source in sources} == {True}

    def test_tells_who_was_accepted_from_who_did_not_come(self):
        assert made_already("accept", "accepted", "requested")
        assert not made_already("no-show", "accepted", "requested")
        assert made_already("no-show", "accepted", "booked")

    def test_holds_for_an_acceptance_after_which_nobody_came(self):
        """The acceptance stands: sent once more it is no move out of turn."""
        assert made_already("accept", "accepted", "booked")

    @pytest.mark.parametrize("source", [None, *ALL])
    def test_is_never_said_of_a_reassignment(self, source: str | None):
        """Which provider is meant decides, and not the state."""
        assert not made_already("reassign", "requested", source)
