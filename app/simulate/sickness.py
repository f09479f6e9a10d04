"""Who falls ill on which day, and for how long: one day after the other, in columns.

Pure. On each day everybody who is employed and well falls ill with a small probability: the own
risk, as it has become, times that of the unit, the month and the weekday. Memory follows the
number of people, not of days.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from app.intake.event import Kind
from app.simulate import chance, profiles
from app.simulate.chance import Floats, Ints
from app.simulate.population import Population
from app.simulate.profiles import Profile

_YEAR = 365.25
_STEP, _HALF_YEAR = 15, 182
"""Days after which risks are computed anew."""


@dataclass(frozen=True, slots=True)
class Onsets:
    """The absences that begin on `day`, in columns.

    `who`: rows of the population; `last`: their last days; `extent`: percent; `half_from`: the
    day from which it is 50 percent, 0 for never; `kind`: as in the contract.
    """

    day: int
    who: Ints
    last: Ints
    extent: Ints
    half_from: Ints
    kind: tuple[Kind, ...]


def onsets(
    people: Population, profile: Profile, *, first_day: int, last_day: int, seed: int
) -> Iterator[Onsets]:
    """What begins on each of those days; of one person nothing overlaps."""
    dice, drifting = chance.stream(seed, 2), chance.stream(seed, 3)
    well_from = np.zeros(len(people), dtype=np.int64)
    drift, risks = np.ones(len(people.unit_risk)), np.zeros(len(people))
    for day in range(first_day, last_day + 1):
        if (day - first_day) % _HALF_YEAR == 0:
            drift = chance.drawn(profiles.UNIT_DRIFT, drifting.random(len(drift)))
        if (day - first_day) % _STEP == 0:
            risks = _risks(people, drift, day)
        daily = profile.absences / _YEAR * _of_day(day)
        who = np.flatnonzero(dice.random(len(people)) < risks * daily)
        able = (well_from[who] <= day) & (people.first[who] <= day) & (day <= people.last[who])
        begun = _begun(people, day, who[able], dice)
        well_from[begun.who] = begun.last + 1
        yield begun


def _of_day(day: int) -> float:
    """How much likelier than on the average day an absence begins (ordinal 1 was a Monday)."""
    month = date.fromordinal(day).month
    return profiles.MONTHS[month - 1] * profiles.WEEKDAYS[(day - 1) % 7]


def _risks(people: Population, drift: Floats, day: int) -> Floats:
    """Everybody's risk about that day."""
    since = day - people.unit_worse_from
    bad = (since >= 0) & (since < profiles.UNIT_WORSE_DAYS)
    units = people.unit_risk * drift * np.where(bad, profiles.UNIT_WORSE, 1.0)
    own = people.risk + profiles.WORSE_RISK * _worse(day - people.worse_from)
    return np.asarray(own * units[people.unit])


def _worse(since: Ints) -> Floats:
    """How much of getting worse is there, 0 to 1, so many days after it began."""
    rising = since / profiles.WORSE_RAMP
    falling = 1 - (since - profiles.WORSE_STAY) / profiles.WORSE_RAMP
    return np.clip(np.minimum(rising, falling), 0.0, 1.0)


def _begun(people: Population, day: int, who: Ints, dice: np.random.Generator) -> Onsets:
    """How long and how much, for those who fall ill."""
    chances = dice.random((6, len(who)))
    length = _lengths(people, day, who, chances[0], chances[1])
    last = np.minimum(day + length - 1, people.last[who])
    partly = chances[2] < profiles.PART_TIME
    extents = np.array(profiles.PART_EXTENTS)
    extent = np.where(partly, extents[chance.whole(chances[3] * len(extents))], 100)
    in_steps = (length >= profiles.BACK_IN_STEPS_FROM) & ~partly
    in_steps &= (chances[4] < profiles.BACK_IN_STEPS) & (day + length // 2 <= last)
    shares = np.array([share for share, _ in profiles.KINDS])
    kinds = np.searchsorted(shares, chances[5], side="right")
    return Onsets(
        day=day,
        who=who,
        last=last,
        extent=extent,
        half_from=np.where(in_steps, day + length // 2, 0),
        kind=tuple(profiles.KINDS[kind][1] for kind in kinds.tolist()),
    )


def _lengths(people: Population, day: int, who: Ints, fractions: Floats, chances: Floats) -> Ints:
    """Calendar days; what got worse ends in long absences, some of the time."""
    long = (day - people.worse_from[who] >= profiles.WORSE_LONG_AFTER) & (
        chances < profiles.WORSE_LONG
    )
    from_long = profiles.LONG_FROM + (1 - profiles.LONG_FROM) * fractions
    return chance.whole(chance.drawn(profiles.LENGTHS, np.where(long, from_long, fractions)))
