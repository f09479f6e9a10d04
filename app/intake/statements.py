"""What files say about absence: statements, those about one day taken together, and their events.

Pure values, nothing of any one format.
"""

import hashlib
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from heapq import merge
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from app.intake.event import DEFAULT_EXTENT, DEFAULT_KIND, Kind
from app.intake.rows import Row, UnreadableFile, row_errors
from app.intake.schedule import Schedules

MAX_KEPT = 1_000_000
# Made once: `json.dumps` would make one for every row.
_TO_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


class Statement(NamedTuple):
    """That an employee (by employment number) is absent from one day to another, both included.

    `extent` is in percent.
    """

    employee: str
    kind: Kind
    first_day: date
    last_day: date
    extent: int


class _Amount(NamedTuple):
    """How long and how much; ordered by what outweighs what."""

    last_day: date
    extent: int
    hours: Decimal | None


_Key = tuple[str, Kind, date]
Plain = Mapping[tuple[str, date], Kind]


@dataclass(slots=True)
class Findings:
    """What a file has said so far, one statement for each employee, kind and first day.

    Payroll splits one sick day over several codes, so a second statement about the same first day
    never contradicts the first: the longer holds; of equally long ones the larger extent, and
    hours add up. `merged` counts the rows so absorbed, `ignored` the days of no hours. More than
    `MAX_KEPT`: `UnreadableFile`.
    """

    merged: int = 0
    ignored: int = 0
    hours_unweighed: bool = False
    _said: dict[_Key, tuple[int, _Amount]] = field(default_factory=dict)
    _failed: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    _persons: dict[str, str] = field(default_factory=dict)

    def add(
        self, number: int, said: Statement, *, hours: Decimal | None = None, person: str = ""
    ) -> None:
        """Take in what a row says.

        `hours`: of its single day, to be weighed by the schedule; its extent is then 0, or said
        besides. `person`: the personal number it gives, by which schedules may go.
        """
        key = (said.employee, said.kind, said.first_day)
        amount = _Amount(said.last_day, said.extent, hours)
        if person:
            self._persons.setdefault(said.employee, person)
        known = self._said.get(key)
        if known is None:
            self._check_room()
            self._said[key] = (number, amount)
        else:
            self.merged += 1
            self._said[key] = (min(known[0], number), _both(known[1], amount))

    def fail(self, number: int, codes: Iterable[str]) -> None:
        """Take in that a row cannot be used, with codes from `DETAILS`."""
        self._check_room()
        self._failed.append((number, tuple(codes)))

    def rows(
        self, *, source: str, occurred_at: datetime, schedules: Schedules | None = None
    ) -> Iterator[Row]:
        """Every statement as an event, and every failed row, in order of (first) row number."""
        settled = sorted(self._settled(schedules or Schedules()), key=itemgetter(0))
        self._said.clear()
        plain = _plainly_named(settled)
        events = (
            Row(number, reported(said, source=source, occurred_at=occurred_at, plain=plain))
            for number, said in settled
        )
        failed = (Row(number, None, row_errors(codes)) for number, codes in self._failed)
        return merge(events, failed, key=lambda row: row.number)

    def _settled(self, schedules: Schedules) -> Iterator[tuple[int, Statement]]:
        """The statements with extents for hours, joined over scheduled days off."""
        for (employee, _), keys in groupby(sorted(self._said), key=itemgetter(0, 1)):
            names = schedule_names(employee, self._persons.get(employee, ""))
            statements = (
                (self._said[key][0], self._weighed(key, self._said[key][1], names, schedules))
                for key in keys
                if not self._is_nothing(key, self._said[key][1], names, schedules)
            )
            yield from self._joined(statements, names, schedules)

    def _is_nothing(
        self, key: _Key, amount: _Amount, names: Collection[str], schedules: Schedules
    ) -> bool:
        """Whether it is a row that payroll has set to no hours, on a day that is not a day off."""
        nothing = amount.hours == 0 and not amount.extent and not schedules.is_off(names, key[2])
        self.ignored += nothing
        return nothing

    def _weighed(
        self, key: _Key, amount: _Amount, names: Collection[str], schedules: Schedules
    ) -> Statement:
        extent = amount.extent
        if amount.hours is not None:
            share = schedules.share(names, key[2], amount.hours)
            self.hours_unweighed = self.hours_unweighed or share is None
            extent = max(extent, share or 0)
        return Statement(*key, amount.last_day, extent or DEFAULT_EXTENT)

    def _joined(
        self,
        statements: Iterable[tuple[int, Statement]],
        names: Collection[str],
        schedules: Schedules,
    ) -> Iterator[tuple[int, Statement]]:
        """One employee's statements of one kind in order of first day, without those that an
        earlier one says already, and each made to reach over scheduled days off to the next."""
        furthest: tuple[int, Statement] | None = None
        for number, said in statements:
            if furthest is None:
                furthest = (number, said)
                continue
            earlier = furthest[1]
            if said.last_day <= earlier.last_day:
                if said.extent <= earlier.extent:
                    self.merged += 1
                else:
                    yield number, said
                continue
            reached = schedules.reach(names, earlier.last_day, said.first_day)
            longer = reached > earlier.last_day
            yield (furthest[0], earlier._replace(last_day=reached)) if longer else furthest
            furthest = (number, said)
        if furthest is not None:
            yield furthest

    def _check_room(self) -> None:
        if len(self._said) + len(self._failed) >= MAX_KEPT:
            raise UnreadableFile("too_large")


def _both(one: _Amount, other: _Amount) -> _Amount:
    if one.last_day != other.last_day:
        return max(one, other, key=itemgetter(0))
    hours = one.hours
    if other.hours is not None:
        hours = other.hours + (hours or 0)
    return _Amount(one.last_day, max(one.extent, other.extent), hours)


def schedule_names(employee: str, person: str) -> tuple[str, ...]:
    """What an employee's schedule may be filed under, by employment or personal number."""
    named = (("employee", employee), ("person", person))
    return tuple(f"{sort}:{name}" for sort, name in named if name)


def absence_name(employee: str, first_day: date) -> str:
    """The absence that a statement is about, whatever its kind: sickness that payroll finds to be
    a work injury is the same absence."""
    return f"{employee}:{first_day.isoformat()}"


def _plainly_named(statements: Collection[tuple[int, Statement]]) -> Plain:
    """Of the first days that something else than sickness is said of: the kind that has the
    absence's own name, where several kinds begin and all stand. Sickness, if it is among them."""
    plain: dict[tuple[str, date], Kind] = {}
    for _, said in statements:
        if said.kind != DEFAULT_KIND:
            key = (said.employee, said.first_day)
            plain[key] = min(said.kind, plain.get(key, said.kind))
    for _, said in statements:
        if said.kind == DEFAULT_KIND and (said.employee, said.first_day) in plain:
            plain[said.employee, said.first_day] = DEFAULT_KIND
    return plain


def reported(
    said: Statement, *, source: str, occurred_at: datetime, plain: Plain
) -> dict[str, object]:
    """The event of a statement; its id is a hash of all it says, so saying it again is no news."""
    content: dict[str, object] = {
        "source": source,
        "employee": said.employee,
        "first_day": said.first_day.isoformat(),
        "last_day": said.last_day.isoformat(),
        "extent": said.extent,
        "kind": said.kind,
        "occurred_at": occurred_at.isoformat(),
    }
    name = absence_name(said.employee, said.first_day)
    if plain.get((said.employee, said.first_day), said.kind) != said.kind:
        name = f"{name}:{said.kind}"
    return content | {"id": content_id(content), "type": "absence.reported", "absence": name}


def content_id(content: Mapping[str, object]) -> str:
    """An id that is the same whenever the same is said."""
    return hashlib.sha256(_TO_JSON(content).encode()).hexdigest()[:40]
