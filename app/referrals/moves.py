"""The referral's table of moves: which state leads where, by whose call (api.md, semantics 7).

Pure data and one function. What an employer may see of a state stands beside it, because the
two must change together.
"""

from dataclasses import dataclass
from typing import Literal

from app.flags.picture import ENDED, NOT_YET_BOOKED, OPEN, ReferralState

Party = Literal["employer", "provider", "service"]
Call = Literal["accept", "decline", "withdraw"]
STATES: frozenset[str] = OPEN | ENDED


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table."""

    call: Call
    sources: frozenset[str]
    target: ReferralState
    by: frozenset[Party]


MOVES: dict[Call, Move] = {
    move.call: move
    for move in (
        Move("accept", frozenset({"requested"}), "accepted", frozenset({"provider"})),
        Move("decline", NOT_YET_BOOKED, "declined", frozenset({"provider"})),
        Move("withdraw", OPEN, "withdrawn", frozenset({"employer"})),
    )
}


def allowed_calls(state: str, party: Party) -> list[Call]:
    """The calls that `party` may make on a referral in `state`, in the order of the table."""
    return [m.call for m in MOVES.values() if state in m.sources and party in m.by]


def next_state(call: Call, state: str) -> ReferralState | None:
    """Where the call leads from `state`; the same state when it was made before, None: refused."""
    move = MOVES[call]
    if state == move.target:
        return move.target
    return move.target if state in move.sources else None


def employer_view(state: str, *, consented: bool) -> str:
    """What the employer sees of a state.

    That somebody attended is the provider's secret until the employee consents: before that the
    employer sees only that something is under way, or how it ended. From the three-party talk
    on the employer takes part.
    """
    if consented or state in {"requested", "three_party_held", "plan_adopted", "withdrawn"}:
        return state
    return {"closed": "closed", "declined": "declined", "declined_by_employee": "declined"}.get(
        state, "in_progress"
    )


def states_seen_as(shown: str) -> frozenset[str]:
    """The states that the employer sees as `shown` while the employee has not consented."""
    return frozenset(s for s in STATES if employer_view(s, consented=False) == shown)
