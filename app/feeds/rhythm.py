"""How often a source is usually heard from, and whether it has fallen silent.

Pure; days are proleptic ordinals (`date.toordinal`), intervals are counted in sending days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import pairwise
from typing import Literal

from app.absences.workdays import Workdays

ENOUGH_DAYS = 5
"""A source heard on fewer days than this has no rhythm yet."""
REMEMBERED_DAYS = 182
"""Half a year: long enough to know a monthly file, short enough to learn a new rhythm."""
_A_HABIT = 10
_LEAST_PATIENCE = 2

State = Literal["heard", "silent", "not_judged"]
Told = Literal["silent", "back"]


@dataclass(frozen=True, slots=True)
class SendingDays:
    """The days on which a source may be expected to send.

    Working days, but for those on which people who feed a system are mostly away: from Christmas
    Eve to Epiphany, and a single working day squeezed in between days off (klämdag).
    """

    workdays: Workdays

    def is_one(self, day: int) -> bool:
        """Whether something may be expected that day."""
        if not self.workdays.is_one(day) or _at_christmas(day):
            return False
        return self.workdays.is_one(day - 1) or self.workdays.is_one(day + 1)

    def between(self, day: int, later: int) -> int:
        """How many sending days lie after `day`, up to and including `later`."""
        return sum(self.is_one(one) for one in range(day + 1, later + 1))


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`usual`: sending days from one hearing to the next. `patience`: so many whole sending days
    without a word are a silence."""

    usual: int
    patience: int


@dataclass(frozen=True, slots=True)
class Feed:
    """A source as it is known: the days it was heard, ascending, and the silence told, if any."""

    source: str
    first_heard_at: datetime
    last_heard_at: datetime
    days: tuple[int, ...]
    silent_since: int | None = None
    usual_interval: int | None = None

    @property
    def silent_on(self) -> date | None:
        """The day its silence was told, while it lasts."""
        if self.silent_since is None or self.days[-1] >= self.silent_since:
            return None
        return date.fromordinal(self.silent_since)


def rhythm_of(days: Sequence[int], sending: SendingDays) -> Rhythm | None:
    """The rhythm of a source heard on those days; None while there are too few to tell.

    Of ten intervals or more the longest is left out: once is an accident, twice is a habit. An
    uneven source gets more patience, by as much as its longest interval exceeds the usual one.
    """
    if len(days) < ENOUGH_DAYS:
        return None
    intervals = sorted(sending.between(one, following) for one, following in pairwise(days))
    usual = max(1, intervals[(len(intervals) - 1) // 2])
    longest = max(1, intervals[-2] if len(intervals) >= _A_HABIT else intervals[-1])
    margin = max(_LEAST_PATIENCE, -(-longest // 4), longest - usual)
    return Rhythm(usual, longest + margin)


def state_of(feed: Feed, today: int, sending: SendingDays) -> State:
    """How it stands with a feed. The day that goes on is never held against it."""
    if feed.silent_on is not None:
        return "silent"
    rhythm = rhythm_of(feed.days, sending)
    if rhythm is None:
        return "not_judged"
    missed = sending.between(feed.days[-1], today - 1)
    return "silent" if missed >= rhythm.patience else "heard"


def to_tell(feed: Feed, today: int, sending: SendingDays) -> Told | None:
    """What is to be told of a feed, if anything: that it fell silent, or that it is back.

    Each silence is told once; nothing is said of one that was over before anybody looked.
    """
    if feed.silent_since is not None:
        return "back" if feed.days[-1] >= feed.silent_since else None
    return "silent" if state_of(feed, today, sending) == "silent" else None


def _at_christmas(day: int) -> bool:
    the_day = date.fromordinal(day)
    return (the_day.month, the_day.day) >= (12, 24) or (the_day.month, the_day.day) <= (1, 6)
