"""What is counted of each unit: short episodes and employed days, now and in earlier years.

Pure; days are ordinals, months as in `app.reports.months`. A unit is looked at in the three months
that end with the month judged, and in the same three months of earlier years: so seasons compare
with themselves, and a unit of some thirty people has enough days for its rate to mean something.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import NamedTuple

from app.absences.history import History
from app.absences.policy import Period, Policy
from app.reports.disclosure import SMALL
from app.reports.months import first_day, last_day, month_of
from app.signals.rates import Count

MONTHS = 3
"""A quarter: the months that are looked at together."""
YEARS = 3
"""So many years back a unit is compared with itself."""
DELAY_DAYS = 20
"""Days after the end of a month in which late reports may still arrive. An episode that begins on
its last day is long by then, or known not to be, where short means 14 days."""

Unit = str | None


def due_month(today: date) -> int:
    """The latest month whose late reports have had their time."""
    return month_of(today - timedelta(days=DELAY_DAYS)) - 1


class Begun(NamedTuple):
    """An episode by its first day, and the day on which it is no longer short, if it comes."""

    first: int
    long_from: int | None

    def is_short_on(self, day: int) -> bool:
        """Whether it is short as it stands on that day."""
        return self.long_from is None or self.long_from > day


def episodes_begun(history: History) -> list[Begun]:
    """The episodes of a history (semantics 3), in order."""
    groups = history.episodes
    longest = groups.short_max_days
    return [
        Begun(first, groups.days[start + longest] if size > longest else None)
        for first, start, size in zip(groups.firsts, groups.starts, groups.sizes, strict=True)
    ]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with all employments together, in the unit of the one that leads.

    `employment`: disjoint periods; None where those of any employment are not known. Such a person
    is not counted: how many are employed without ever having been ill is not known, either.
    """

    unit: Unit
    employment: Sequence[Period] | None
    begun: Sequence[Begun] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """Three months of a group of people. `employed`: of each month.

    For disclosure control: `ill` had an episode that is counted, `besides` one that is not, and
    `away` any at all, in each month, as the attendance report counts it.
    """

    count: Count = field(default_factory=Count)
    employed: tuple[int, ...] = (0,) * MONTHS
    ill: int = 0
    besides: int = 0
    away: tuple[int, ...] = (0,) * MONTHS

    def __add__(self, other: "Window") -> "Window":
        return Window(
            self.count + other.count,
            _sums(self.employed, other.employed),
            self.ill + other.ill,
            self.besides + other.besides,
            _sums(self.away, other.away),
        )

    @property
    def is_large(self) -> bool:
        """Whether ten people or more were employed in each month, on days that count."""
        return min(self.employed) >= SMALL and self.count.days > 0


def _sums(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(a + b for a, b in zip(one, other, strict=True))


@dataclass(frozen=True, slots=True)
class Tally:
    """A unit: the window judged, and those of the earlier years that may be compared with it.

    `earlier`: by how many years ago. `is_known`: that reports came in throughout the window judged.
    `unknown`: how many people are left out because their employment is not known.
    """

    now: Window
    earlier: Mapping[int, Window] = field(default_factory=dict)
    is_known: bool = True
    unknown: int = 0

    @property
    def before(self) -> Window:
        """The earlier years together."""
        return sum(self.earlier.values(), start=Window())


@dataclass(frozen=True, slots=True)
class Span:
    """Three months as they are counted: the stretches of each outside of exclusion windows."""

    first: int
    last: int
    stretches: tuple[tuple[tuple[int, int], ...], ...]

    @property
    def judged_on(self) -> int:
        """The day as of which an episode is short or not: of each year the same."""
        return self.last + DELAY_DAYS


def span(month: int, policy: Policy) -> Span:
    """The three months that end with that month."""
    months = range(month - MONTHS + 1, month + 1)
    return Span(
        first_day(months[0]).toordinal(),
        last_day(month).toordinal(),
        tuple(tuple(_stretches(one, policy)) for one in months),
    )


def _stretches(month: int, policy: Policy) -> Iterable[tuple[int, int]]:
    begin, end = first_day(month).toordinal(), last_day(month).toordinal()
    for first, last in sorted(policy.exclusion_windows):
        if first <= end and last >= begin:
            if begin < first:
                yield begin, first - 1
            begin = max(begin, last + 1)
    if begin <= end:
        yield begin, end


def tallies(people: Iterable[Person], month: int, policy: Policy) -> Mapping[Unit, Tally]:
    """Every unit with anybody in it, and under None those in none."""
    spans = [span(month - 12 * years, policy) for years in range(YEARS + 1)]
    by_unit: defaultdict[Unit, list[Person]] = defaultdict(list)
    for person in people:
        by_unit[person.unit].append(person)
    return {unit: _tally(own, spans) for unit, own in by_unit.items()}


def _tally(people: Sequence[Person], spans: Sequence[Span]) -> Tally:
    now, *earlier = (sum((_seen(one, s) for one in people), start=Window()) for s in spans)
    since = known_from(people)
    fit = {
        ago: window
        for ago, (window, s) in enumerate(zip(earlier, spans[1:], strict=True), 1)
        if since is not None and s.first >= since and window.is_large
    }
    unknown = sum(one.employment is None for one in people)
    return Tally(now, fit, since is not None and spans[0].first >= since, unknown)


def known_from(people: Iterable[Person]) -> int | None:
    """The day from which on what is known of a unit's absence is taken for whole.

    The first of the month after ten different people had begun a short episode. Before reports
    came in, or as far back as a history was loaded, there was not no absence: it is not known.
    """
    firsts = sorted(
        next(b.first for b in person.begun if b.long_from is None)
        for person in people
        if person.employment is not None and any(b.long_from is None for b in person.begun)
    )
    if len(firsts) < SMALL:
        return None
    return first_day(month_of(date.fromordinal(firsts[SMALL - 1])) + 1).toordinal()


def _seen(person: Person, within: Span) -> Window:
    """One person's three months."""
    begun = [b for b in person.begun if within.first <= b.first <= within.last]
    away = tuple(int(any(_lies(b.first, month) for b in begun)) for month in within.stretches)
    if person.employment is None:
        return Window(besides=int(bool(begun)), away=away)
    days = [_days_in(person.employment, month) for month in within.stretches]
    short = sum(b.is_short_on(within.judged_on) for b in begun)
    return Window(
        Count(short, sum(days)),
        tuple(int(some > 0) for some in days),
        int(short > 0),
        int(short < len(begun)),
        away,
    )


def _lies(day: int, stretches: Iterable[tuple[int, int]]) -> bool:
    return any(first <= day <= last for first, last in stretches)


def _days_in(employment: Iterable[Period], stretches: Iterable[tuple[int, int]]) -> int:
    return sum(
        max(0, (end if last is None else min(last, end)) - max(first, begin) + 1)
        for begin, end in stretches
        for first, last in employment
    )
