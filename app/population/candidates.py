"""Days that may be triggers: few of all sick days, told from spells as a whole.

Pure. Most spells are settled whole: the answer cannot be yes on any of their days, or is the same
on all. Only where it may change within a spell are single days looked at, and of what rises when
something begins only the days on which something does.
"""

from typing import Any, NamedTuple

import numpy as np

from app.population.asked import Question
from app.population.cover import repeated
from app.population.line import Line
from app.population.measures import Days, Stretch, spells
from app.population.population import Ints, Mask


class Candidates(NamedTuple):
    """Sick days in no order, with how many limits each and the day before it passes.

    `begins`: whether an episode does on that day.
    """

    at: Ints
    before: Any
    now: Any
    begins: Mask


def spells_since(line: Line, since: int = 0) -> Stretch:
    """All spells that reach to that day, or beyond."""
    everything = spells(line)
    if since <= line.calendar.base:
        return everything
    return everything.take(np.flatnonzero(line.day(line.sick.last) >= since))


def candidates(line: Line, reaching: Stretch, asked: Question) -> Candidates:
    """The days of the spells on which a limit is passed and the answer may not be that of the day
    before, and those on which an episode begins.
    """
    if asked.at_starts:
        return _of_starts(line, reaching, asked)
    most = asked.most(reaching)
    worth = np.flatnonzero(most)
    open_ones = reaching.take(worth)
    settled = asked.least(open_ones) == most[worth]
    still = _of_still(line, open_ones.take(np.flatnonzero(settled)), asked)
    moving = _of_moving(open_ones.take(np.flatnonzero(~settled)), asked)
    return Candidates(*(np.concatenate(both) for both in zip(still, moving, strict=True)))


def _of_starts(line: Line, reaching: Stretch, asked: Question) -> Candidates:
    """First days of spells, and of later episodes within them."""
    starts = reaching.first
    if not line.all_count:
        starts = Days(line, np.concatenate([starts.at, _later(line, reaching)[1]]))
    now = asked.least(Stretch(starts, starts))
    held = np.flatnonzero(now != 0)
    day_before = starts.after(held, -1)
    before = asked.least(Stretch(day_before, day_before))
    return Candidates(starts.at[held], before, now[held], _begins(starts)[held])


def _of_still(line: Line, still: Stretch, asked: Question) -> Candidates:
    """Of each spell its first day, and the first days of later episodes within it."""
    day_before = still.first.after(slice(None), -1)
    before = asked.least(Stretch(day_before, day_before))
    now = asked.least(Stretch(still.first, still.first))
    which, later = _later(line, still)
    return Candidates(
        np.concatenate([still.first.at, later]),
        np.concatenate([before, now[which]]),
        np.concatenate([now, now[which]]),
        np.concatenate([_begins(still.first), np.ones(len(later), np.bool_)]),
    )


def _begins(days: Days) -> Mask:
    """Whether an episode begins on each."""
    return days.line.episodes.first_before[days.begun()] == days.at


def _later(line: Line, within: Stretch) -> tuple[Ints, Ints]:
    """The episodes that begin after the first day of a spell: of which one, and when."""
    begun = within.first.begun()
    which, nth = repeated(within.last.begun() - begun)
    return which, line.episodes.first[begun[which] + nth]


def _of_moving(moving: Stretch, asked: Question) -> Candidates:
    """Every day, each asked once."""
    which, nth = repeated(moving.last.at - moving.first.at + 2)
    days = moving.first.after(which, nth.astype(np.int32) - 1)
    answers = asked.least(Stretch(days, days))
    own = np.flatnonzero(nth > 0)
    return Candidates(days.at[own], answers[own - 1], answers[own], _begins(days)[own])
