"""What each party sees of a referral: without consent a talk leaves no trace for the employer."""

from dataclasses import dataclass
from itertools import product
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.flags.picture import ReferralState
from app.referrals.moves import MOVES, Call, Party, allowed_calls, next_state
from app.referrals.view import HIDDEN, View, employer_view, states_seen_as

ALL: tuple[ReferralState, ...] = get_args(ReferralState)
SECRET = ("accepted", "booked", "talk_held")
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
PROVIDER = View("provider", consented=True)
EMPLOYER = View("employer", consented=False)
CONSENTED = View("employer", consented=True)


@dataclass(frozen=True)
class Made:
    """A move as it is stored."""

    source: str | None
    target: str
    party: Party = "provider"
    recorded_by: Party | None = None


@dataclass
class Stored:
    """What of a stored referral decides who sees what."""

    state: str
    feedback_consent_on: str | None = None


REQUESTED = Made(None, "requested", "employer")


def shown(view: View, moves: list[Made]) -> list[tuple[str | None, str]]:
    """The moves as that view shows them."""
    return [(m.source and view.state(m.source), view.state(m.target)) for m in view.history(moves)]


def shows(move: Made) -> bool:
    """Whether the employer without consent knows of it: its own, or what changes what it sees."""
    return move.party == "employer" or SEEN.get(move.source or "") != SEEN[move.target]


@st.composite
def walks(draw: st.DrawFn, most: int = 12) -> list[Made]:
    """A referral's life by the table of moves, whoever makes them."""
    moves, state = [REQUESTED], "requested"
    for _ in range(draw(st.integers(0, most))):
        possible = [
            (target, party)
            for call, move in MOVES.items()
            if (target := next_state(call, state))
            for party in sorted(move.by)
        ]
        if not possible:
            break
        target, party = draw(st.sampled_from(possible))
        moves.append(Made(state, target, party))
        state = target
    return moves


class TestEmployerView:
    def test_has_a_word_for_every_state(self):
        assert SEEN.keys() == set(ALL)
        assert set(SECRET) == HIDDEN

    @pytest.mark.parametrize("state", ALL)
    def test_hides_what_is_the_providers_secret_until_there_is_consent(self, state: str):
        assert employer_view(state, consented=False) == SEEN[state]
        assert EMPLOYER.state(state) == SEEN[state]

    @pytest.mark.parametrize("state", ALL)
    def test_hides_nothing_with_consent(self, state: str):
        assert employer_view(state, consented=True) == state
        assert CONSENTED.state(state) == PROVIDER.state(state) == state

    def test_never_tells_a_declining_employee_from_a_declining_provider(self):
        assert EMPLOYER.state("declined") == EMPLOYER.state("declined_by_employee")

    def test_hides_a_state_it_does_not_know(self):
        assert employer_view("something_new", consented=False) == "in_progress"


class TestStatesSeenAs:
    @pytest.mark.parametrize("word", [*ALL, "in_progress", "unheard_of", ""])
    def test_are_those_that_look_so_without_consent(self, word: str):
        assert states_seen_as(word) == {state for state in ALL if SEEN[state] == word}

    @pytest.mark.parametrize("hidden", SECRET)
    def test_tell_nothing_apart_that_is_hidden(self, hidden: str):
        assert states_seen_as(hidden) == frozenset()


class TestOf:
    @pytest.mark.parametrize(
        ("party", "consent", "consented"),
        [
            ("provider", None, True),
            ("provider", "2026-03-10", True),
            ("employer", None, False),
            ("employer", "2026-03-10", True),
        ],
    )
    def test_a_provider_sees_all_and_an_employer_what_there_is_consent_to(
        self, party: Party, consent: str | None, consented: bool
    ):
        assert View.of(party, Stored("talk_held", consent)) == View(party, consented)

    @pytest.mark.parametrize("state", ALL)
    def test_a_state_is_whole_where_nothing_of_it_is_hidden(self, state: str):
        assert EMPLOYER.is_whole(state) == (state not in SECRET)
        assert CONSENTED.is_whole(state)
        assert PROVIDER.is_whole(state)


class TestCalls:
    @pytest.mark.parametrize("state", ALL)
    def test_are_the_tables_own_to_who_sees_the_state(self, state: str):
        assert PROVIDER.calls(state) == allowed_calls(state, "provider")
        assert CONSENTED.calls(state) == allowed_calls(state, "employer")

    def test_are_the_same_in_every_hidden_state(self):
        told = [EMPLOYER.calls(state) for state in SECRET]
        assert told == [["decline-by-employee", "withdraw", "close", "reassign"]] * 3

    @pytest.mark.parametrize(("state", "other"), list(product(ALL, ALL)))
    def test_differ_only_where_the_states_are_seen_to_differ(self, state: str, other: str):
        if SEEN[state] == SEEN[other]:
            assert EMPLOYER.calls(state) == EMPLOYER.calls(other)

    @pytest.mark.parametrize("state", ALL)
    def test_name_none_that_would_be_refused_without_consent(self, state: str):
        for call in EMPLOYER.calls(state):
            assert next_state(call, state) is not None


class TestHistory:
    @given(walks())
    def test_is_whole_to_the_provider_from_its_own_request_on(self, moves: list[Made]):
        """What was done at a provider before it is that one's secret."""
        *_, asked = [place for place, one in enumerate(moves) if one.target == "requested"]
        assert PROVIDER.history(moves) == moves[asked:]

    @given(walks())
    def test_is_whole_with_consent_to_feedback_from_the_present_provider(self, moves: list[Made]):
        *_, asked = [place for place, one in enumerate(moves) if one.target == "requested"]
        expected = [one for one in moves[:asked] if shows(one)] + moves[asked:]
        assert CONSENTED.history(moves) == expected

    @given(walks())
    def test_has_what_changed_for_the_employer_and_what_its_own_people_did(self, moves: list[Made]):
        assert EMPLOYER.history(moves) == [one for one in moves if shows(one)]

    @given(walks(), st.data())
    def test_is_the_same_however_often_the_talk_was_booked_missed_or_held(
        self, moves: list[Made], data: st.DataObject
    ):
        """The stretch between acceptance and the next change that shows may be any other."""
        place = next((i for i, one in enumerate(moves) if one.target in SECRET), None)
        if place is None:
            return
        end = next(
            (i for i, one in enumerate(moves) if i > place and one.target not in SECRET), None
        )
        state: str = moves[place].target
        hidden = [moves[place]]
        for _ in range(data.draw(st.integers(0, 8))):
            steps = [to for call in TALK if (to := next_state(call, state)) is not None]
            if not steps:
                break
            following = data.draw(st.sampled_from(steps))
            hidden.append(Made(state, following))
            state = following
        rest = moves[end:] if end is not None else []
        after = [Made(state, rest[0].target, rest[0].party), *rest[1:]] if rest else []
        other = [*moves[:place], *hidden, *after]
        assert shown(EMPLOYER, other) == shown(EMPLOYER, moves)

    def test_keeps_the_providers_secret_where_the_employer_recorded_for_it(self):
        moves = [
            REQUESTED,
            Made("requested", "accepted", "provider", "employer"),
            Made("accepted", "booked", "provider", "employer"),
            Made("booked", "talk_held", "provider", "employer"),
        ]
        assert shown(EMPLOYER, moves) == [(None, "requested"), ("requested", "in_progress")]

    def test_shows_what_the_service_itself_did(self):
        moves = [REQUESTED, Made("requested", "withdrawn", "service")]
        assert shown(EMPLOYER, moves)[-1] == ("requested", "withdrawn")

    def test_shows_a_consent_that_came_later_to_who_may_see_it(self):
        moves = [REQUESTED, Made("booked", "talk_held"), Made("talk_held", "talk_held")]
        assert len(CONSENTED.history(moves)) == 3


TALK: tuple[Call, ...] = ("book", "no-show", "complete")


class TestOutcome:
    def test_is_known_to_the_provider_and_with_consent(self):
        moves = [REQUESTED, Made("accepted", "closed")]
        assert PROVIDER.outcome("back_in_work", moves) == "back_in_work"
        assert CONSENTED.outcome("back_in_work", moves) == "back_in_work"

    def test_said_by_the_provider_alone_is_its_secret(self):
        moves = [REQUESTED, Made("requested", "accepted"), Made("accepted", "closed")]
        assert EMPLOYER.outcome("back_in_work", moves) is None

    def test_said_by_the_employer_itself_is_no_secret_to_it(self):
        moves = [REQUESTED, Made("accepted", "closed", "employer")]
        assert EMPLOYER.outcome("no_further_need", moves) == "no_further_need"

    def test_of_a_case_in_which_the_employer_took_part_is_known_whoever_said_it(self):
        moves = [REQUESTED, Made("talk_held", "three_party_held"), Made("plan_adopted", "closed")]
        assert EMPLOYER.outcome("other_work", moves) == "other_work"

    def test_of_a_case_in_which_it_took_part_with_another_provider_is_the_new_ones(self):
        moves = [
            REQUESTED,
            Made("talk_held", "three_party_held"),
            Made("three_party_held", "requested", "employer"),
            Made("accepted", "closed"),
        ]
        assert EMPLOYER.outcome("other_work", moves) is None

    def test_of_what_is_not_over_is_nothing(self):
        assert EMPLOYER.outcome(None, []) is None
