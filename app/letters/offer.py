"""The offer of a flag as a letter tells it: what, why, from when, and what may still be refused.

Pure. No name, no number and no contact: the letter is handed over by somebody who knows them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from app.flags.explain import OF_SHORT_EPISODES
from app.letters.basis import Stretch
from app.rules.document import RuleDocument, Service, leaves
from app.rules.language import Language


@dataclass(frozen=True, slots=True)
class Why:
    """The rule that found the flag, and the days that counted on `judged_on`.

    `short_max_days`: how long a short episode is at most, where the rule speaks of them.
    `otherwise`: a sentence on what would have changed the outcome.
    """

    rule: RuleDocument
    judged_on: date
    stretches: Sequence[Stretch]
    short_max_days: int
    otherwise: Mapping[Language, str] = field(default_factory=dict)

    @property
    def speaks_of_short(self) -> bool:
        """Whether the reader needs to know what counts as short."""
        return any(leaf.measure in OF_SHORT_EPISODES for leaf in leaves(self.rule.when))

    @property
    def speaks_of_bradford(self) -> bool:
        """Whether the reader needs to know what that score is."""
        return any(leaf.measure == "bradford" for leaf in leaves(self.rule.when))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Nothing is sent yet. `days`: how many there are to object; `until`: the last of them."""

    days: int = 0
    until: date | None = None

    @property
    def earliest(self) -> date | None:
        """The first day on which something may be sent, where it is known."""
        return self.until + timedelta(days=1) if self.until else None


@dataclass(frozen=True, slots=True)
class Sent:
    """The referral is on its way. `decision`: the employer's own, when no person released it."""

    on: date
    provider: str | None
    decision: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `handling`: of a referral that waits or was sent; None for a talk at work.

    `handed_over_on`: the day it is given to the employee; None: to be written by hand.
    """

    employer: str
    reference: str
    printed_on: date
    handed_over_on: date | None
    why: Why
    handling: Waiting | Sent | None

    @property
    def service(self) -> Service | None:
        """What occupational health is asked for; None: a caring talk with the manager."""
        return self.why.rule.referral_service if self.handling else None

    @property
    def waiting(self) -> Waiting | None:
        """How long a referral waits at least."""
        return self.handling if isinstance(self.handling, Waiting) else None

    @property
    def sent(self) -> Sent | None:
        """When and where a referral was sent."""
        return self.handling if isinstance(self.handling, Sent) else None


def waiting(*, objection_days: int, require_informed: bool, informed_on: date | None) -> Waiting:
    """How long a person's release has to wait by the employer's policy.

    A policy that does not ask when the employee was informed promises no days.
    """
    days = objection_days if require_informed or informed_on else 0
    until = informed_on + timedelta(days=days) if days and informed_on else None
    return Waiting(days, until)
