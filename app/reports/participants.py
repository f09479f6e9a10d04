"""Participants and the ways a report divides them, each with what disclosure control needs to know.

Pure. Somebody takes part from the first referral, or the first meeting that was held, on and is
counted once, in the month in which the service came to know of it.
"""

from collections.abc import Hashable, Iterable
from dataclasses import dataclass
from functools import partial

from app.reports.comparison import Expected
from app.reports.disclosure import Division, Secret
from app.reports.journeys import PAIRS, Journey, WorkStatus
from app.reports.sick_leave import Extent, Years


@dataclass(frozen=True, slots=True)
class Participant:
    """Somebody who takes part. `met`: an alignment or follow-up meeting was held.

    `years`: absence before and after, where both years are whole; `expected`: what comparable
    colleagues had in the year after.
    """

    month: int
    unit: str | None
    sex: str
    journey: Journey
    met: bool
    at_start: Extent
    now: Extent
    work_status: WorkStatus
    years: Years | None = None
    expected: Expected | None = None

    @property
    def referred(self) -> bool:
        """Whether there is a referral."""
        return self.journey.furthest > 0

    @property
    def fully_back(self) -> bool:
        """Back in work, and not on sick leave."""
        return self.work_status == "back_in_work" and self.now == "none"


@dataclass(frozen=True, slots=True)
class Flagged:
    """Somebody who was flagged and takes no part, by the month of the first flag."""

    month: int
    unit: str | None
    sex: str


def _one(*cell: Hashable) -> tuple[Hashable, ...]:
    """The one group that somebody is in."""
    return (cell,)


def stage(one: Participant) -> str:
    """How far the referral came, in a few words: before the talk, the talk, the plan."""
    names = ("none", "before_talk", "before_talk", "talk", "talk", "plan")
    return names[one.journey.furthest]


def _talk(one: Participant) -> Iterable[Hashable]:
    """The group somebody is in, and where the employer must not know it, that of the secret."""
    yield stage(one) if stage(one) != "plan" else "talk"
    if one.journey.secret:
        yield Secret("talk_held", one.journey.talk_held)


def _ending(one: Participant) -> str:
    return ("closed" if one.journey.closed else "open") if one.referred else "none"


def _wish_or_flag(one: Participant) -> str:
    if one.journey.origin == "released":
        return "released"
    return "wish" if one.referred else "none"


def _behind_sums(years: Years | None) -> tuple[Hashable, ...]:
    """The groups of those behind each sum: who had no episode adds nothing to it."""
    if years is None:
        return ()
    return tuple(
        (when, what)
        for when, year in (("before", years.before), ("after", years.after))
        for what in ("episodes", "sick_days")
        if getattr(year, what)
    )


def _side_by_side(one: Participant) -> tuple[Hashable, ...]:
    """All that is shown by sex or of a unit, in coarse groups: shown together or not at all."""
    back = one.work_status == "back_in_work"
    return ("all", ("at_start", one.at_start == "full_time"), ("now", back, one.now == "none"))


def _came_to_both(pair: tuple[str, str], one: Participant) -> Iterable[Hashable]:
    """Who came to both steps, and of those, of whom the employer does not know when."""
    if pair in one.journey.days:
        yield "all"
        if "talk_held" in pair and one.journey.undated:
            yield "undated"


FLAGGED: tuple[Division[Flagged], ...] = (Division("flagged", lambda _: _one()),)

# The work status is cut as finely as it stands beside the sick leave of the same day: who has left
# is on none, so either could be subtracted from the other.
DIVISIONS: tuple[Division[Participant], ...] = (
    Division("participants", lambda _: _one()),
    Division("referred", lambda p: _one(p.referred), ("participants",)),
    Division("released", lambda p: _one(_wish_or_flag(p)), ("referred",)),
    Division("origin", lambda p: _one(p.journey.origin), ("released",)),
    Division("talk", _talk, ("referred",)),
    Division("plan", lambda p: _one(stage(p)), ("talk",)),
    Division("steps", lambda p: _one(p.journey.furthest), ("plan",)),
    Division("closed", lambda p: _one(_ending(p)), ("referred",)),
    Division("met", lambda p: _one(p.met), ("participants",)),
    Division("full_at_start", lambda p: _one(p.at_start == "full_time"), ("participants",)),
    Division("extent_at_start", lambda p: _one(p.at_start), ("full_at_start",)),
    Division("leave_now", lambda p: _one(p.now == "none"), ("participants",)),
    Division("extent_now", lambda p: _one(p.now), ("leave_now",)),
    Division(
        "back", lambda p: _one(p.work_status == "back_in_work", p.now == "none"), ("leave_now",)
    ),
    Division("work_status", lambda p: _one(p.work_status, p.now == "none"), ("back",)),
    Division("side_by_side", _side_by_side, ("full_at_start", "back")),
    Division("years", lambda p: _one(p.years is not None), ("participants",)),
    Division("absence", lambda p: _behind_sums(p.years), ("years",)),
    Division("matched", lambda p: _one(p.years is not None, p.expected is not None), ("years",)),
    Division(
        "matched_absence",
        lambda p: _behind_sums(p.years if p.expected is not None else None),
        ("matched", "absence"),
    ),
    *(
        Division(
            f"{pair[0]}_to_{pair[1]}",
            partial(_came_to_both, pair),
            ("talk" if "talk_held" in pair else "participants",),
        )
        for pair in PAIRS
    ),
)
