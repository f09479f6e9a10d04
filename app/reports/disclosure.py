"""Disclosure control: no figure about fewer than ten people, also not by subtraction.

Pure. A group of people is *open* when it is empty or has ten or more. Two attacks are met:

- *Subtraction* within a report: groups that add up to a shown whole are shown all together or not
  at all (`Timeline`); where single rows are hidden, those hidden have to be open together, or
  more are hidden (`hidden_rows`).
- *Differencing* reports of different periods: time is cut, from the first month of data on and
  as early as may be, into parts in which every group is open. A report shows a division of people
  into groups only when it begins and ends at such cuts, so any two that are shown differ by
  whole parts. The last part, not yet full, is never shown.

A division keeps to the cuts of every coarser one, and two divisions shown side by side have their
common coarsening among these: so no sum of shown figures, over groups and periods, comes down to
one to nine people.

What the reader knows of some people already can be subtracted, too. So where the answer to a
question is the provider's secret for some and known of others, those some are groups of their
own (`Secret`).

What this cannot meet: the same report asked on two days, between which people's circumstances
were recorded anew. Reports lessen that: they stand as of the end of the last whole month.
"""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cached_property
from itertools import count, product
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from app.reports.months import Period

SMALL = 10
"""Fewer people than this are a small group."""
NOT_GIVEN = "not_given"
"""The sex of those of whom none is given: a group like the others."""

Cells = Mapping[Hashable, int]
"""How many people are in each group."""


class Secret(NamedTuple):
    """The group of those whose answer to a question the reader must not learn of anybody.

    Neither may all have answered alike: that would tell it of each. `answer` may be told of ten
    people only beside ten of whom the opposite is true.
    """

    question: str
    answer: bool

    @property
    def opposite(self) -> "Secret":
        """The group of those with the other answer."""
        return Secret(self.question, not self.answer)


def is_open(cells: Cells) -> bool:
    """Whether every group is empty or has ten people or more, and no secret is told."""
    if any(0 < people < SMALL for people in cells.values()):
        return False
    secrets = [cell for cell, people in cells.items() if isinstance(cell, Secret) and people]
    return all(cells.get(secret.opposite) for secret in secrets)


def cuts(
    months: Sequence[Cells], within: Iterable[int], present: Set[Hashable] = frozenset()
) -> frozenset[int]:
    """The ends of months between which every group is open, found as early as may be.

    0 is before the first month, n after the nth; only those in `within` are looked at. A month in
    which there is nobody may be crossed freely. `present`: groups that may not be empty either,
    unless all are.
    """
    found, since, at = {0}, Counter[Hashable](), 0
    for end in sorted(within):
        for month in months[at:end]:
            since.update(month)
        at = max(at, end)
        if is_open(since) and (not since or present <= since.keys()):
            found.add(end)
            since.clear()
    return frozenset(found)


class Counted(Protocol):
    """Somebody whom a report counts, once, in the month of entry."""

    @property
    def month(self) -> int:
        """The month of entry."""

    @property
    def unit(self) -> str | None:
        """The unit, if any."""

    @property
    def sex(self) -> str:
        """The sex, or that it is not given."""


P = TypeVar("P", bound=Counted)


@dataclass(frozen=True)
class Division(Generic[P]):
    """A way to put people into groups. `cells`: the groups somebody is in; in none is nowhere shown
    and so not protected. `refines`: the coarser divisions, whose groups can be summed from these.
    """

    name: str
    cells: Callable[[P], Iterable[Hashable]]
    refines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Split:
    """How far a division is split: not, by sex, or by the first so many units in order of size.

    Units are told apart one after the other, the rest kept together: each step is finer than
    the one before, so what is shown of one unit never gives away another.
    """

    by_sex: bool = False
    units: int = 0

    def coarser(self) -> "Split | None":
        """The split one step coarser."""
        if self.units:
            return Split(by_sex=self.units == 1, units=self.units - 1)
        return Split() if self.by_sex else None


class Timeline(Generic[P]):
    """Everybody of a tenant by month of entry up to `last_month`, and what may be shown of them.

    Of what is split, one division alone may be shown, with all that is to be seen side by side in
    its groups; and in a split no group may be empty. Where some are, groups by sex, groups in all
    and shorter periods can close in on a few people together.
    """

    def __init__(
        self, people: Sequence[P], divisions: Iterable[Division[P]], last_month: int
    ) -> None:
        self.people = people
        self._divisions = {division.name: division for division in divisions}
        self._first = min((one.month for one in people), default=last_month + 1)
        self._length = last_month + 1 - self._first
        self._known: dict[tuple[str, Split], frozenset[int]] = {}

    @cached_property
    def _rank(self) -> dict[str, int]:
        """The units with anybody in them: 1 is the one with the most people."""
        sizes = Counter(one.unit for one in self.people if one.unit is not None)
        return dict(zip(sorted(sizes, key=lambda unit: (-sizes[unit], unit)), count(1)))

    def split_for(self, unit: str | None, *, by_sex: bool = False) -> Split:
        """The split that tells that unit apart; none is asked for: none is told apart."""
        if unit is None:
            return Split(by_sex)
        return Split(units=self._rank.get(unit, len(self._rank)))

    def ends(self, name: str, split: Split) -> frozenset[int]:
        """The cuts of that division, so split."""
        for units in range(1, split.units):
            self._ends_of(name, Split(units=units))
        return self._ends_of(name, split)

    def _ends_of(self, name: str, split: Split) -> frozenset[int]:
        """The same; of everything coarser in units the cuts are known already."""
        if (name, split) not in self._known:
            division = self._divisions[name]
            before = split.coarser()
            coarser = (
                [self._ends_of(name, before)]
                if before
                else [self._ends_of(parent, split) for parent in division.refines]
            )
            within = frozenset(range(self._length + 1)).intersection(*coarser)
            # Nothing to look at where nothing coarser is shown either.
            months = self._months(division, split) if len(within) > 1 else []
            present = self._all_together(months) if before else set()
            self._known[name, split] = cuts(months, within, present)
        return self._known[name, split]

    def _months(self, division: Division[P], split: Split) -> list[Counter[Hashable]]:
        months: list[Counter[Hashable]] = [Counter() for _ in range(self._length)]
        for one in self.people:
            cells = division.cells(one)
            if split != Split():
                cells = product([self._part(one, split)], cells)
            months[one.month - self._first].update(cells)
        return months

    def _part(self, one: P, split: Split) -> Hashable:
        """The sex, or the unit as far as it is told apart."""
        if split.by_sex:
            return one.sex
        rank = self._rank[one.unit] if one.unit is not None else 0
        return rank if rank <= split.units else 0

    def _all_together(self, months: Sequence[Counter[Hashable]]) -> set[Hashable]:
        """Every group in every part of a split, whether there is anybody in it or not."""
        seen: set[Any] = {cell for month in months for cell in month}
        return set(product({part for part, _ in seen}, {cell for _, cell in seen}))

    def shows(self, name: str, split: Split, period: Period) -> bool:
        """Whether the division, so split, may be shown of those who entered in that period."""
        return set(self._bounds(period)) <= self.ends(name, split)

    def longest_within(self, name: str, split: Split, period: Period) -> Period | None:
        """The longest part of the period of which it may be shown, if there is one."""
        begin, end = self._bounds(period)
        inside = [cut for cut in self.ends(name, split) if begin <= cut <= end]
        if not inside or min(inside) == max(inside):
            return None
        return self._first + min(inside), self._first + max(inside) - 1

    def within(self, period: Period, unit: str | None) -> list[P]:
        """Those who entered in that period, of that unit where one is asked for."""
        first, last = period
        return [p for p in self.people if first <= p.month <= last and unit in (None, p.unit)]

    def _bounds(self, period: Period) -> tuple[int, int]:
        """The period in ends of months; months without data have nobody in them."""
        begin = min(max(period[0] - self._first, 0), self._length)
        return begin, min(max(period[1] + 1 - self._first, 0), self._length)


Row = TypeVar("Row", bound=Hashable)


def hidden_rows(rows: Mapping[Row, Cells], already: Set[Row] = frozenset()) -> set[Row]:
    """The rows to hide of a table whose sum is shown: those not open, and as many of the smallest
    as it takes until what is hidden is open together; `already`: hidden for a coarser table.

    When the sum itself is not open it must not be shown, and nothing can be subtracted from it.
    """
    hidden = {name for name, cells in rows.items() if name in already or not is_open(cells)}
    while True:
        behind: Counter[Hashable] = sum_of(rows[name] for name in hidden)
        small = {cell for cell, people in behind.items() if 0 < people < SMALL}
        shown = [n for n in rows if n not in hidden and any(rows[n].get(cell) for cell in small)]
        if not shown:
            return hidden
        hidden.add(min(shown, key=lambda name: (sum(rows[name].values()), str(name))))


def sum_of(rows: Iterable[Cells]) -> Counter[Hashable]:
    """The groups of several rows together."""
    total: Counter[Hashable] = Counter()
    for cells in rows:
        total.update(cells)
    return total
