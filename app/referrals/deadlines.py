"""When the present step of a referral should be done, in working days. Pure.

Two answers: the step's own deadline, and the one that the employer sees while the step is the
provider's secret. The second follows from what the employer knows anyway - the day on which
something began to be in progress - and so tells nothing about who came to which talk.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from app.absences.workdays import Workdays
from app.referrals.view import HIDDEN
from app.rules.windows import months_before

Step = Literal["accept", "talk", "three_party", "plan", "follow_up"]
STEP_OF: dict[str, Step] = {
    "requested": "accept",
    "accepted": "talk",
    "booked": "talk",
    "talk_held": "three_party",
    "three_party_held": "plan",
    "plan_adopted": "follow_up",
}


@dataclass(frozen=True, slots=True)
class Allowed:
    """Working days that each step may take."""

    accept_days: int
    talk_days: int
    three_party_days: int
    plan_days: int


@dataclass(frozen=True, slots=True)
class Entered:
    """A state and the day (ordinal) on which it was entered."""

    state: str
    day: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a referral stands. `entered`: every state it went through, the last one now.

    `follow_up`: the day the next follow-up of its plan is due.
    """

    entered: Sequence[Entered]
    recommend_three_party: bool | None = None
    follow_up: int | None = None

    @property
    def state(self) -> str:
        """The present state."""
        return self.entered[-1].state

    def last(self, state: str) -> int:
        """The last day on which it entered that state."""
        return next(one.day for one in reversed(self.entered) if one.state == state)

    def began_to_be_in_progress(self) -> int:
        """The first acceptance since the last request: the day the employer saw a change."""
        first = self.entered[-1].day
        for one in reversed(self.entered):
            if one.state == "requested":
                break
            if one.state in HIDDEN:
                first = one.day
        return first


def step_deadline(standing: Standing, allowed: Allowed, days: Workdays) -> int | None:
    """The last day of the present step; None where nothing is expected."""
    match standing.state:
        case "requested":
            return days.after(standing.last("requested"), allowed.accept_days)
        case "accepted" | "booked":
            return days.after(standing.last("accepted"), allowed.talk_days)
        case "talk_held" if standing.recommend_three_party:
            return days.after(standing.last("talk_held"), allowed.three_party_days)
        case "three_party_held":
            return days.after(standing.last("three_party_held"), allowed.plan_days)
        case "plan_adopted" if standing.follow_up is not None:
            return days.on_or_after(standing.follow_up)
    return None


def shown_deadline(standing: Standing, allowed: Allowed, days: Workdays) -> int | None:
    """The same for the employer without consent: all hidden steps have one deadline together."""
    if standing.state not in HIDDEN:
        return step_deadline(standing, allowed, days)
    talk = days.after(standing.began_to_be_in_progress(), allowed.talk_days)
    return days.after(talk, allowed.three_party_days)


def follow_up_days(adopted: date, months: Sequence[int]) -> list[date]:
    """The days of follow-ups, so many months after a plan was adopted."""
    return [months_before(adopted, -count) for count in sorted(set(months))]
