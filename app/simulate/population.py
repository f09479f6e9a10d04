"""The people of a simulated employer: who works where from when to when, and at what risk.

Pure. Whoever leaves is replaced after a while, so about as many are employed on every day.
"""

from dataclasses import dataclass

import numpy as np

from app.simulate import chance, profiles
from app.simulate.chance import Floats, Ints
from app.simulate.profiles import Profile

NEVER = 4_000_000
"""A day (ordinal) beyond all others: open ends, and what does not happen."""
FIRST_NUMBER = 100_000
_MONTH = 30
_YEAR = 365
_LONGEST_BEFORE = 3_650
_VACANT = 60


@dataclass(frozen=True, slots=True)
class Population:
    """Columns, a row an employee; days are ordinals, units are numbered from 0.

    `risk` is 1 for the average employee, `unit_risk` for the average unit. `worse_from` and
    `unit_worse_from`: the day on which things begin to get worse, or `NEVER`.
    """

    first: Ints
    last: Ints
    unit: Ints
    risk: Floats
    worse_from: Ints
    unit_risk: Floats
    unit_worse_from: Ints
    unit_kinds: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.first)

    def number(self, index: int) -> str:
        """The employment number of a row."""
        return str(FIRST_NUMBER + index)

    def unit_name(self, unit: int) -> str:
        """What a unit is called."""
        return f"{self.unit_kinds[unit % len(self.unit_kinds)]}-{unit + 1}"

    def period(self, index: int) -> tuple[int, int | None]:
        """The employment of a row, as the rest of the code knows periods."""
        last = int(self.last[index])
        return int(self.first[index]), None if last == NEVER else last

    def got_worse(self) -> Ints:
        """The rows of those who got worse while they were employed."""
        within = (self.worse_from >= self.first) & (self.worse_from <= self.last)
        return np.flatnonzero(within & (self.worse_from != NEVER))


def make_population(
    profile: Profile, employees: int, *, first_day: int, last_day: int, seed: int
) -> Population:
    """So many employees at a time over those days, and whoever came in place of another."""
    dice = chance.stream(seed, 1)
    units = _units(profile, employees, dice)
    first, last, unit = _employments(profile, units, first_day, last_day, dice)
    count = int(units.max()) + 1
    return Population(
        first=first,
        last=last,
        unit=unit,
        risk=chance.drawn(profiles.RISK, dice.random(len(first))),
        worse_from=_onsets(len(first), profile.worse, first_day, last_day, dice),
        unit_risk=chance.drawn(profiles.UNIT_RISK, dice.random(count)),
        unit_worse_from=_onsets(count, profile.units_worse, first_day, last_day, dice),
        unit_kinds=profile.units,
    )


def _units(profile: Profile, employees: int, dice: np.random.Generator) -> Ints:
    """The unit of each place of work; units differ in size."""
    least, most = profile.unit_size
    sizes = least + chance.whole(dice.random(employees // least + 1) * (most - least + 1))
    return np.repeat(np.arange(len(sizes)), sizes)[:employees]


def _employments(
    profile: Profile, units: Ints, first_day: int, last_day: int, dice: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """First day, last day and unit of everybody: those at the beginning, then who replaced them."""
    first = first_day - 1 - chance.whole(dice.random(len(units)) * _LONGEST_BEFORE)
    rounds: list[tuple[Ints, Ints, Ints]] = []
    while len(first):
        last = _last_days(np.maximum(first, first_day), last_day, profile.leaving, dice)
        rounds.append((first, last, units))
        following = last + 1 + chance.whole(dice.random(len(first)) * _VACANT)
        replaced = following <= last_day
        first, units = following[replaced], units[replaced]
    columns = [np.concatenate(column) for column in zip(*rounds, strict=True)]
    return columns[0], columns[1], columns[2]


def _last_days(since: Ints, last_day: int, leaving: float, dice: np.random.Generator) -> Ints:
    """When each leaves, month by month; `NEVER` for who is still there at the end."""
    last = np.full(len(since), NEVER)
    for month in range((last_day - int(since.min())) // _MONTH + 1):
        day = since + _MONTH * month + chance.whole(dice.random(len(since)) * _MONTH)
        leaves = (dice.random(len(since)) < leaving) & (last == NEVER) & (day < last_day)
        last[leaves] = day[leaves]
    return last


def _onsets(
    count: int, share: float, first_day: int, last_day: int, dice: np.random.Generator
) -> Ints:
    """The day from which things get worse, for that share of them a year; at most once each."""
    found = np.full(count, NEVER)
    for year in range((last_day - first_day) // _YEAR + 1):
        day = first_day + _YEAR * year + chance.whole(dice.random(count) * _YEAR)
        begins = (dice.random(count) < share) & (found == NEVER) & (day <= last_day)
        found[begins] = day[begins]
    return found
