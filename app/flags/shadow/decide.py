"""What a version in shadow would have done with one person: reconciled as flags are. Pure.

It is judged as if it were in force instead of the rule's other versions since its first day: its
own decisions are what was raised since then, the rule's flags of before hold it back as they would
have, and a referral that the rule itself has brought about meanwhile does not.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from app.flags.picture import Flag, FlagState, Pause, Picture, Watch
from app.flags.reconcile import reconcile

ShadowOutcome = Literal["raised", "suppressed", "inhibited", "withdrawn", "historical", "rearm"]
_STATES: dict[str, FlagState] = {
    "raised": "open",
    "suppressed": "suppressed",
    "inhibited": "inhibited",
    "withdrawn": "withdrawn",
}
_OUTCOMES: dict[str, ShadowOutcome] = {
    "open": "raised",
    "suppressed": "suppressed",
    "inhibited": "inhibited",
    "withdrawn": "withdrawn",
}
UNRAISED = frozenset({"historical", "rearm"})
"""Outcomes that leave no flag: told anew each time."""


@dataclass(frozen=True, slots=True)
class Decision:
    """One trigger and what would have become of it. `id`: empty or `new:` before it is stored."""

    id: str
    rule: str
    on: int
    outcome: ShadowOutcome
    evidence: frozenset[int] = frozenset()
    reason: str | None = None
    referral: str | None = None


@dataclass(frozen=True, slots=True)
class Around:
    """What else is known of the person: the flags and referrals there are, and what holds back."""

    picture: Picture
    pauses: Sequence[Pause]
    today: int
    employed: bool
    silent_through: int | None


def decide(
    stored: Sequence[Decision], watches: Sequence[Watch], around: Around, first: int
) -> list[Decision]:
    """The decisions as they ought to be. `watches`: the rungs of one version, as if in force since
    the day `first`."""
    rules = {watch.rule for watch in watches}
    version = watches[0].version
    before = [
        replace(flag, version=0, erasing=True)
        for flag in around.picture.flags
        if flag.rule in rules and flag.on < first
    ]
    own = [_as_flag(one, version) for one in stored if one.outcome in _STATES]
    brought = {
        flag.referral
        for flag in around.picture.flags
        if flag.rule in rules and flag.on >= first and flag.state == "released"
    }
    referrals = [one for one in around.picture.referrals if one.id not in brought]
    outcome = reconcile(
        Picture((*before, *own), tuple(referrals)),
        watches,
        around.pauses,
        today=around.today,
        employed=around.employed,
        silent_through=around.silent_through,
    )
    earlier = {flag.id for flag in before}
    raised = [_as_decision(flag) for flag in outcome.picture.flags if flag.id not in earlier]
    held = [
        Decision("", rule, on, why)
        for rule, on, why in outcome.unflagged
        if on >= first and why != "out_of_scope"
    ]
    return raised + held


def _as_flag(one: Decision, version: int) -> Flag:
    return Flag(
        one.id,
        one.rule,
        version,
        one.on,
        one.evidence,
        _STATES[one.outcome],
        one.reason,
        one.referral,
    )


def _as_decision(flag: Flag) -> Decision:
    outcome = _OUTCOMES[flag.state]
    return Decision(flag.id, flag.rule, flag.on, outcome, flag.evidence, flag.reason, flag.referral)
