"""Whether what was simulated looks like the published figures.

Pure. Measured from the events alone, by the fold and the groups that the rules use, and in nothing
from what the simulation meant to do.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from app.absences.fold import fold
from app.absences.groups import Group
from app.absences.history import History
from app.absences.policy import Period, Policy
from app.intake.event import Event
from app.simulate.profiles import KindOfPopulation

_QUARTER, _YEAR, _WEEK = 365.25 / 4, 365, 7
_ENOUGH = 2_000
"""Employee-years from which on a figure tells something."""
RATES: dict[KindOfPopulation, tuple[float, float]] = {
    "country": (0.22, 0.44),
    "municipality": (0.32, 0.59),
}


@dataclass(frozen=True, slots=True)
class Target:
    """A figure, the range published for it, and whether it lies there; None: too few to tell."""

    name: str
    value: float
    least: float
    most: float
    met: bool | None

    def to_json(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self) | {"value": round(self.value, 4)}

    def line(self) -> str:
        """For people."""
        verdict = {True: "met", False: "MISSED", None: "too few to tell"}[self.met]
        return f"{self.name:46} {self.value:7.3f}   {self.least:g} to {self.most:g}   {verdict}"


@dataclass(slots=True)
class Sample:
    """The events of some employees, kept to be measured; others are passed over.

    `employment`: whose events are kept, by number, with the periods.
    """

    employment: Mapping[str, tuple[Period, ...]]
    _events: defaultdict[str, dict[str, Event]] = field(
        default_factory=lambda: defaultdict(dict), init=False
    )

    def add(self, events: Iterable[Event]) -> None:
        """Take in what arrived; the same again is nothing new."""
        for event in events:
            if event.employee in self.employment:
                self._events[event.employee].setdefault(event.id, event)

    def histories(
        self, policy: Policy, *, as_of: int
    ) -> Iterator[tuple[tuple[Period, ...], History]]:
        """Each employee's employment and history."""
        for employee, periods in self.employment.items():
            told: defaultdict[str, list[Event]] = defaultdict(list)
            for event in self._events.get(employee, {}).values():
                told[event.absence].append(event)
            yield periods, History(map(fold, told.values()), policy, periods, as_of=as_of)


@dataclass(slots=True)
class _Tally:
    """Counts over all employees; quarters and weekdays count from 0."""

    days: int = 0
    quarters: list[int] = field(default_factory=lambda: [0] * 4)
    weekdays: list[int] = field(default_factory=lambda: [0] * 7)
    periods: int = 0
    over: int = 0
    one_day: int = 0
    periods_over: int = 0
    up_to_week: int = 0
    years: int = 0
    years_without: int = 0


def measured(
    sample: Sample, policy: Policy, kind: KindOfPopulation, *, first_day: int, last_day: int
) -> list[Target]:
    """The figures of those days. Episodes are the policy's; what goes on has no length yet."""
    tally = _Tally()
    for employment, history in sample.histories(policy, as_of=last_day):
        tally.days += sum(_overlap(period, first_day, last_day) for period in employment)
        begun = history.episodes.listed()
        for episode in begun:
            _count_episode(tally, episode, last_day)
        for period in history.sick_pay_periods.listed():
            tally.periods += 1
            tally.periods_over += period.last < last_day
            tally.up_to_week += period.last < last_day and period.sick_days <= _WEEK
        for since, until in _years(first_day, last_day):
            if any(_overlap(period, since, until) == _YEAR for period in employment):
                tally.years += 1
                tally.years_without += not any(since <= e.first <= until for e in begun)
    return list(_targets(tally, kind, _days_of_quarters(first_day, last_day)))


def _overlap(period: Period, first: int, last: int) -> int:
    """How many days of the stretch lie in the period."""
    begin, end = period
    return max(0, min(last, last if end is None else end) - max(first, begin) + 1)


def _years(first_day: int, last_day: int) -> list[tuple[int, int]]:
    """The whole years of 365 days up to the last day."""
    ends = range(last_day, first_day + _YEAR - 2, -_YEAR)
    return [(end - _YEAR + 1, end) for end in ends]


def _quarter(day: int) -> int:
    return (date.fromordinal(day).month - 1) // 3


def _days_of_quarters(first_day: int, last_day: int) -> Counter[int]:
    return Counter(map(_quarter, range(first_day, last_day + 1)))


def _count_episode(tally: _Tally, episode: Group, last_day: int) -> None:
    tally.quarters[_quarter(episode.first)] += 1
    tally.weekdays[(episode.first - 1) % 7] += 1
    tally.over += episode.last < last_day
    tally.one_day += episode.last < last_day and episode.sick_days == 1


def _targets(tally: _Tally, kind: KindOfPopulation, days: Counter[int]) -> Iterator[Target]:
    enough = tally.days >= _ENOUGH * _YEAR

    def target(name: str, part: float, whole: float, least: float, most: float) -> Target:
        value = part / whole if whole else 0.0
        met = least <= value <= most if enough and whole else None
        return Target(name, value, least, most, met)

    begun = sum(tally.quarters)
    first, third = (tally.quarters[q] / max(days[q], 1) for q in (0, 2))
    yield target("episodes per employee and quarter", begun, tally.days / _QUARTER, *RATES[kind])
    yield target(
        "sick-pay periods per employee and quarter",
        tally.periods,
        tally.days / _QUARTER,
        *RATES[kind],
    )
    yield target(
        "sick-pay periods of up to 7 days, share", tally.up_to_week, tally.periods_over, 0.83, 0.91
    )
    yield target("episodes of one day, share", tally.one_day, tally.over, 0.38, 0.50)
    yield target("episodes begun on a Monday, share", tally.weekdays[0], begun, 0.28, 0.35)
    yield target("episodes begun on a Friday, share", tally.weekdays[4], begun, 0.11, 0.16)
    yield target("first quarter to third quarter, per day", first, third, 1.3, 1.9)
    yield target(
        "employees without an episode in a year, share",
        tally.years_without,
        tally.years,
        0.45,
        0.60,
    )
