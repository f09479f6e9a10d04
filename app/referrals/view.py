"""What each party may see of a referral (api.md, "What the employer sees").

That somebody attended is the provider's secret until the employee consents to feedback. Until
then the employer sees that something is under way or how it ended, and one deadline that follows
from what it knows anyway. From the three-party talk on it takes part. Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from app.flags.picture import OPEN
from app.referrals.moves import MOVES, STATES, Call, Party, allowed_calls

HIDDEN: frozenset[str] = frozenset({"accepted", "booked", "talk_held"})
"""The states that look alike to the employer without consent."""

_WORDS = {
    "requested": "requested",
    "three_party_held": "three_party_held",
    "plan_adopted": "plan_adopted",
    "closed": "closed",
    "declined": "declined",
    "declined_by_employee": "declined",
    "withdrawn": "withdrawn",
}


class Seen(Protocol):
    """What of a stored referral decides who sees what."""

    state: Any
    feedback_consent_on: Any


@dataclass(frozen=True, slots=True)
class View:
    """One party's view: the provider's, or the employer's with or without consent."""

    party: Party
    consented: bool

    @classmethod
    def of(cls, party: Party, referral: Seen) -> "View":
        """The view that a party has of that referral."""
        return cls(party, party == "provider" or referral.feedback_consent_on is not None)

    def state(self, state: str) -> str:
        """The state as this party sees it."""
        return state if self.party == "provider" else employer_view(state, consented=self.consented)

    def is_whole(self, state: str) -> bool:
        """Whether a state is seen as it is."""
        return self.consented or state not in HIDDEN

    def calls(self, state: str) -> list[Call]:
        """The calls this party may make now, told without telling hidden states apart."""
        if self.is_whole(state):
            return allowed_calls(state, self.party)
        return [
            call for call, move in MOVES.items() if move.sources == OPEN and "employer" in move.by
        ]

    def history(self, moves: Sequence[Any]) -> list[Any]:
        """The moves that this party may know of.

        A provider knows those since the referral was given to it. The employer knows what its own
        people did, and the moves that changed what it saw; with consent all of the provider's, of
        the one that the referral is with now. What it recorded for a provider stands under the
        provider's secrecy like the rest.
        """
        present = since_request(moves)
        if self.party == "provider":
            return list(present)
        before = moves[: len(moves) - len(present)]
        unconsented = View(self.party, consented=False)
        known = [made for made in before if unconsented.knows(made)]
        return known + [made for made in present if self.knows(made)]

    def knows(self, made: Any) -> bool:
        """Whether this party knows of a move."""
        if self.consented or made.party != "provider":
            return True
        return self.state(made.source) != self.state(made.target)

    def outcome(self, outcome: str | None, moves: Sequence[Any]) -> str | None:
        """How it ended: for who took part, or said so."""
        took_part = any(made.target == "three_party_held" for made in since_request(moves))
        own = bool(moves) and moves[-1].party != "provider"
        return outcome if self.consented or took_part or own else None


def since_request(moves: Sequence[Any]) -> Sequence[Any]:
    """The moves from the last request on: those with the provider that it is with now."""
    began = [place for place, made in enumerate(moves) if made.target == "requested"]
    return moves[began[-1] :] if began else moves


def employer_view(state: str, *, consented: bool) -> str:
    """What the employer sees of a state; one it does not know is hidden like the rest."""
    return state if consented else _WORDS.get(state, "in_progress")


def states_seen_as(shown: str) -> frozenset[str]:
    """The states that the employer sees as `shown` while the employee has not consented."""
    return frozenset(s for s in STATES if employer_view(s, consented=False) == shown)
