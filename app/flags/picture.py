"""The picture that reconciliation looks at: one employee's flags, referrals and watched rules.

Pure values. A flag or referral that does not exist yet has an id that begins with `new:`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from app.rules.document import Action
from app.rules.triggers import Trigger

FlagState = Literal[
    "open", "released", "handled", "dismissed", "withdrawn", "suppressed", "inhibited"
]
Unflagged = Literal["historical", "rearm", "out_of_scope"]
ReferralState = Literal[
    "requested",
    "accepted",
    "booked",
    "talk_held",
    "three_party_held",
    "plan_adopted",
    "closed",
    "declined",
    "declined_by_employee",
    "withdrawn",
]

ENDED: frozenset[str] = frozenset({"closed", "declined", "declined_by_employee", "withdrawn"})
OPEN: frozenset[str] = frozenset(get_args(ReferralState)) - ENDED
NOT_YET_BOOKED: frozenset[str] = frozenset({"requested", "accepted"})


@dataclass(frozen=True, slots=True)
class Flag:
    """A stored flag. `referral`: the one it carries (released) or is attached to (inhibited)."""

    id: str
    rule: str
    version: int
    on: int
    evidence: frozenset[int]
    state: FlagState
    reason: str | None = None
    referral: str | None = None
    erasing: bool = False

    @property
    def counts_for_rearm(self) -> bool:
        """Withdrawn and suppressed flags do not hold a later trigger back."""
        return self.state not in ("withdrawn", "suppressed")


@dataclass(frozen=True, slots=True)
class Referral:
    """A referral of the employee, of whatever origin."""

    id: str
    state: str

    @property
    def ended(self) -> bool:
        """Closed in one way or another; every other state is open."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True)
class Watch:
    """One version of a rule with what it asks for. `live_from`: first day that may act.

    `out_of_scope`: the days of those triggers that the rule raises nothing for.
    """

    rule: str
    version: int
    active: bool
    action: Action
    automatic: bool
    rearm_days: int
    max_age_days: int
    live_from: int
    triggers: tuple[Trigger, ...]
    out_of_scope: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Pause:
    """An exemption or a silence: days on which a rule (or every rule) does not act."""

    first: int
    last: int | None
    reason: str
    rule: str | None = None

    def covers(self, rule: str, day: int) -> bool:
        """Whether it holds for that rule on that day."""
        in_time = self.first <= day and (self.last is None or day <= self.last)
        return in_time and self.rule in (None, rule)


@dataclass(frozen=True, slots=True)
class Message:
    """Something that must be told, about a flag or a referral."""

    type: str
    flag: str | None = None
    referral: str | None = None


@dataclass(frozen=True, slots=True)
class Picture:
    """Flags in the order raised, and referrals in the order requested."""

    flags: tuple[Flag, ...] = ()
    referrals: tuple[Referral, ...] = ()

    @property
    def open_referral(self) -> Referral | None:
        """The employee's open referral; there is at most one."""
        return next((r for r in self.referrals if not r.ended), None)

    def flag(self, flag_id: str) -> Flag:
        """The flag of that id; KeyError when there is none."""
        return {flag.id: flag for flag in self.flags}[flag_id]

    def referral(self, referral_id: str | None) -> Referral | None:
        """The referral of that id, if any."""
        return next((r for r in self.referrals if r.id == referral_id), None)

    def is_frozen(self, flag: Flag) -> bool:
        """Flags that never change again (semantics 7)."""
        if flag.erasing or flag.state in ("dismissed", "handled"):
            return True
        carried = self.referral(flag.referral)
        return flag.state in ("released", "inhibited") and carried is not None and carried.ended


@dataclass(frozen=True, slots=True)
class Outcome:
    """The picture afterwards, what must be told, and the triggers left without a flag.

    `answered`: the flag that stands for each trigger (rule and day) that had one before.
    """

    picture: Picture
    messages: tuple[Message, ...] = ()
    unflagged: tuple[tuple[str, int, Unflagged], ...] = ()
    answered: tuple[tuple[str, int, str], ...] = ()


def pause_on(pauses: Sequence[Pause], rule: str, day: int) -> Pause | None:
    """The first pause that covers the day for the rule."""
    return next((pause for pause in pauses if pause.covers(rule, day)), None)


def attached(flag: Flag, standing: Referral) -> Flag:
    """The flag as a further reason of a referral that is open already."""
    return replace(flag, state="inhibited", referral=standing.id, reason="open_referral")
