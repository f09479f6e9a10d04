"""How far somebody came: from a flag over the referral to talks, plan and close, and to work.

Pure. What counts is what was completed: a sent referral is the first step, not a result. Days are
ordinals of the tenant's time zone; nothing later than the day the report stands on is passed in.

That a talk was held is the provider's secret until the employee consents or the employer takes
part (`app.referrals.view`). Here it is known whose secret it is, so that reports can keep it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

from app.referrals.view import HIDDEN

WorkStatus = Literal[
    "back_in_work", "other_work", "left_employment", "studies_or_parental_leave", "unknown"
]
WORK_STATUSES: tuple[WorkStatus, ...] = get_args(WorkStatus)
Origin = Literal["released", "flagged_and_referred", "referred", "flagged", "neither"]
"""Whether somebody's referral rests on a flag; else whether there is a referral, and a flag."""

STEPS = ("requested", "accepted", "talk_held", "three_party_held", "plan_adopted")
"""The steps of a referral, in order; each has all before it behind it."""
_REACHED = {state: number for number, state in enumerate(STEPS, 1)} | {"booked": 2}
PAIRS = (
    ("flagged", "requested"),
    ("requested", "accepted"),
    ("accepted", "talk_held"),
    ("requested", "talk_held"),
    ("talk_held", "three_party_held"),
    ("three_party_held", "plan_adopted"),
    ("plan_adopted", "closed"),
)
"""The steps between which days are counted."""


class Move(NamedTuple):
    """A step: the state reached, the day, and whether the provider itself made it.

    What the employer recorded for a provider without integration the provider did not make.
    """

    state: str
    day: int
    by_provider: bool = False


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral: its moves in order, and how it was closed, as far as the employer may know.

    `consented`: to feedback from the provider that it is with now.
    """

    id: str
    moves: Sequence[Move]
    outcome: str | None = None
    consented: bool = False

    def first(self, state: str) -> int | None:
        """The day on which it came into that state for the first time."""
        return next((move.day for move in self.moves if move.state == state), None)

    def rounds(self) -> Iterator[tuple[Sequence[Move], bool]]:
        """The moves with each provider it was with, and whether the employer sees them whole."""
        starts = [n for n, move in enumerate(self.moves) if move.state == "requested"]
        for start, end in pairwise([*starts, len(self.moves)]):
            own = self.moves[start:end]
            hidden = any(move.by_provider and move.state in HIDDEN for move in own)
            consented = self.consented and end == len(self.moves)
            yield own, consented or not hidden


@dataclass(frozen=True, slots=True)
class Flag:
    """A flag of a rule that refers: when it was raised, and the referral it carries or joined."""

    raised: int
    referral: str | None


@dataclass(frozen=True, slots=True)
class Said:
    """A work status, the day it was true on, and by which of several on a day it is outweighed."""

    day: int
    weight: int
    status: WorkStatus


@dataclass(frozen=True, slots=True)
class Journey:
    """`furthest`: number of the last of `STEPS` reached, 0 without a referral.

    `days`: between the steps of `PAIRS`, where both were reached. `secret`: whether a talk was
    held the employer does not know. `undated`: nor, even if it knows that, when.
    """

    furthest: int
    closed: bool
    origin: Origin
    days: Mapping[tuple[str, str], int]
    secret: bool = False
    undated: bool = False

    @property
    def talk_held(self) -> bool:
        """Whether a talk was held."""
        return self.furthest >= _REACHED["talk_held"]


def journey(referrals: Sequence[Referral], flags: Sequence[Flag]) -> Journey:
    """Somebody's journey: the furthest that any of their referrals came."""
    reached = [_REACHED.get(move.state, 0) for referral in referrals for move in referral.moves]
    rounds = [one for referral in referrals for one in referral.rounds()]
    return Journey(
        max(reached, default=0),
        any(referral.first("closed") is not None for referral in referrals),
        _origin(referrals, flags),
        _days(referrals, flags),
        _is_secret(rounds),
        any(not seen and "talk_held" in _states(moves) for moves, seen in rounds),
    )


def _states(moves: Sequence[Move]) -> set[str]:
    return {move.state for move in moves}


def _is_secret(rounds: Sequence[tuple[Sequence[Move], bool]]) -> bool:
    """Whether the employer does not know if a talk was held: it does if it saw or took part."""
    known = [
        "three_party_held" in _states(moves) or (seen and "talk_held" in _states(moves))
        for moves, seen in rounds
    ]
    return not any(known) and not all(seen for _, seen in rounds)


def _origin(referrals: Sequence[Referral], flags: Sequence[Flag]) -> Origin:
    if {referral.id for referral in referrals} & {flag.referral for flag in flags}:
        return "released"
    if referrals:
        return "flagged_and_referred" if flags else "referred"
    return "flagged" if flags else "neither"


def _days(referrals: Sequence[Referral], flags: Sequence[Flag]) -> dict[tuple[str, str], int]:
    """Of each pair the days in the first referral that has both steps."""
    found: dict[tuple[str, str], int] = {}
    for referral in referrals:
        raised = [flag.raised for flag in flags if flag.referral == referral.id]
        for pair in PAIRS:
            first = min(raised, default=None) if pair[0] == "flagged" else referral.first(pair[0])
            then = referral.first(pair[1])
            if first is not None and then is not None and first <= then:
                found.setdefault(pair, then - first)
    return found


def latest_status(said: Iterable[Said], *, employed: bool) -> WorkStatus:
    """What was last recorded of somebody's work; without a record, whether they are still there."""
    latest = max(said, key=lambda one: (one.day, one.weight), default=None)
    if latest is not None:
        return latest.status
    return "unknown" if employed else "left_employment"
