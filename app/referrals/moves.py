"""The referral's table of moves: which state leads where, by whose call (api.md, semantics 7).

Pure data and small functions. What an employer may see of a state stands in `view.py`.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from app.flags.picture import ENDED, NOT_YET_BOOKED, OPEN, ReferralState

Party = Literal["employer", "provider", "service"]
Call = Literal[
    "accept",
    "decline",
    "book",
    "no-show",
    "complete",
    "three-party-meeting",
    "adopt-plan",
    "last-follow-up",
    "decline-by-employee",
    "withdraw",
    "close",
    "reassign",
]
CALLS: tuple[Call, ...] = get_args(Call)
STATES: frozenset[str] = OPEN | ENDED
EMPLOYER: frozenset[Party] = frozenset({"employer"})
PROVIDER: frozenset[Party] = frozenset({"provider"})


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
        Move("accept", frozenset({"requested"}), "accepted", PROVIDER),
        Move("decline", NOT_YET_BOOKED, "declined", PROVIDER),
        Move("book", frozenset({"accepted", "booked"}), "booked", PROVIDER),
        Move("no-show", frozenset({"booked"}), "accepted", PROVIDER),
        Move("complete", frozenset({"booked"}), "talk_held", PROVIDER),
        Move(
            "three-party-meeting",
            frozenset({"talk_held"}),
            "three_party_held",
            EMPLOYER | PROVIDER,
        ),
        Move("adopt-plan", frozenset({"three_party_held"}), "plan_adopted", EMPLOYER),
        Move("last-follow-up", frozenset({"plan_adopted"}), "closed", EMPLOYER),
        Move("decline-by-employee", OPEN, "declined_by_employee", EMPLOYER | PROVIDER),
        Move("withdraw", OPEN, "withdrawn", EMPLOYER),
        Move("close", OPEN, "closed", EMPLOYER | PROVIDER),
        Move("reassign", OPEN, "requested", EMPLOYER),
    )
}


def allowed_calls(state: str, party: Party) -> list[Call]:
    """The calls that `party` may make on a referral in `state`, in the order of the table."""
    return [m.call for m in MOVES.values() if state in m.sources and party in m.by]


def next_state(call: Call, state: str) -> ReferralState | None:
    """Where the call leads from `state`; None: the table does not have it."""
    move = MOVES[call]
    return move.target if state in move.sources else None


def made_already(call: Call, state: str, came_from: str | None) -> bool:
    """Whether the call is what brought the referral into `state`, so that repeating it is no error.

    `came_from` is the state before: a referral may be accepted because it was accepted, or
    because nobody came to the talk that was booked.
    """
    if state != MOVES[call].target:
        return False
    return came_from == "booked" if call == "no-show" else call != "reassign"
