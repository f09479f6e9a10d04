"""The table of moves, and what each party sees of a state."""

from itertools import product
from typing import get_args

import pytest

from app.flags.picture import ENDED, NOT_YET_BOOKED, OPEN, ReferralState
from app.referrals.moves import (
    STATES,
    Call,
    Party,
    allowed_calls,
    employer_view,
    next_state,
    states_seen_as,
)

ALL: tuple[ReferralState, ...] = get_args(ReferralState)
CALLS: tuple[Call, ...] = get_args(Call)
TABLE: dict[Call, tuple[set[str], str, set[Party]]] = {
    "accept": ({"requested"}, "accepted", {"provider"}),
    "decline": ({"requested", "accepted"}, "declined", {"provider"}),
    "withdraw": (
        {"requested", "accepted", "booked", "talk_held", "three_party_held", "plan_adopted"},
        "withdrawn",
        {"employer"},
    ),
}


EVERY = list(product(CALLS, ALL))


class TestTable:
    def test_knows_the_states_of_the_contract(self):
        assert set(ALL) == STATES == OPEN | ENDED
        assert not OPEN & ENDED
        assert sorted(ENDED) == ["closed", "declined", "declined_by_employee", "withdrawn"]
        assert sorted(NOT_YET_BOOKED) == ["accepted", "requested"]

    @pytest.mark.parametrize(("call", "state"), EVERY)
    def test_leads_where_the_contract_says_and_nowhere_else(self, call: Call, state: str):
        sources, target, _ = TABLE[call]
        expected = target if state in sources or state == target else None
        assert next_state(call, state) == expected

    @pytest.mark.parametrize(("call", "state"), EVERY)
    def test_made_twice_changes_nothing(self, call: Call, state: str):
        once = next_state(call, state)
        if once is not None:
            assert next_state(call, once) == once

    @pytest.mark.parametrize("party", get_args(Party))
    @pytest.mark.parametrize("state", ALL)
    def test_allows_each_party_its_own_calls(self, state: str, party: Party):
        assert allowed_calls(state, party) == [
            call for call, (sources, _, by) in TABLE.items() if state in sources and party in by
        ]

    @pytest.mark.parametrize("state", sorted(ENDED))
    def test_leads_out_of_no_end(self, state: str):
        assert [call for call in CALLS if next_state(call, state) not in (None, state)] == []
        assert all(allowed_calls(state, party) == [] for party in get_args(Party))


SEEN = {
    "requested": "requested",
    "accepted": "in_progress",
    "booked": "in_progress",
    "talk_held": "in_progress",
    "three_party_held": "three_party_held",
    "plan_adopted": "plan_adopted",
    "closed": "closed",
    "declined": "declined",
    "declined_by_employee": "declined",
    "withdrawn": "withdrawn",
}
"""Whether somebody came, and who declined, is nobody's business without consent."""


class TestEmployerView:
    def test_has_a_word_for_every_state(self):
        assert SEEN.keys() == set(ALL)

    @pytest.mark.parametrize("state", ALL)
    def test_hides_what_is_the_providers_secret_until_there_is_consent(self, state: str):
        assert employer_view(state, consented=False) == SEEN[state]

    @pytest.mark.parametrize("state", ALL)
    def test_hides_nothing_with_consent(self, state: str):
        assert employer_view(state, consented=True) == state

    def test_never_tells_a_declining_employee_from_a_declining_provider(self):
        assert employer_view("declined", consented=False) == employer_view(
            "declined_by_employee", consented=False
        )

    def test_hides_a_state_it_does_not_know(self):
        assert employer_view("something_new", consented=False) == "in_progress"


class TestStatesSeenAs:
    @pytest.mark.parametrize("shown", [*ALL, "in_progress", "unheard_of", ""])
    def test_are_those_that_look_so_without_consent(self, shown: str):
        expected = {state for state in ALL if employer_view(state, consented=False) == shown}
        assert states_seen_as(shown) == expected

    @pytest.mark.parametrize("hidden", ["accepted", "booked", "talk_held"])
    def test_tell_nothing_apart_that_is_hidden(self, hidden: str):
        assert states_seen_as(hidden) == frozenset()
