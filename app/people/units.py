"""Units as a tree: who is told about a member of a unit, and what a unit has from its parents.

Pure values, read in one go and without anybody's contact (`app.people.store.load_units`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from typing import Literal

Closure = tuple[int, int]
"""First and last day a unit is closed, as ordinals, both included."""

Unsound = Literal["unknown_parent", "parent_cycle"]


@dataclass(frozen=True, slots=True)
class Manager:
    """Who leads a unit from `since` on. `number`: their own employment number, where known.

    `has_email`: whether they can be told; an entry without anything says that nobody leads.
    """

    manager_id: str
    since: date
    number: str | None = None
    has_email: bool = False


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit. `hr_has_email`: whether it has an HR contact of its own that can be told."""

    unit: str
    parent: str | None = None
    managers: tuple[Manager, ...] = ()
    hr_has_email: bool = False
    closures: tuple[Closure, ...] = ()
    alignment_from_day: int | None = None

    def leader(self, day: date) -> Manager | None:
        """Who leads the unit on that day: the latest who has begun."""
        begun = [manager for manager in self.managers if manager.since <= day]
        return max(begun, key=lambda manager: manager.since, default=None)


class Units:
    """All units of a tenant. A unit that is not among them has nothing, and nobody is told."""

    def __init__(self, units: Iterable[Unit]) -> None:
        self._units = {unit.unit: unit for unit in units}

    def recipient(self, unit: str | None, number: str, day: date) -> str | None:
        """Who is told that day about the employee of that number: `manager:<id>` or `hr:<unit>`.

        The unit's manager, unless there is none, none with an e-mail address, or it is the
        employee; then HR of the unit or of the nearest parent that has one. None: the tenant's.
        """
        own = self._units.get(unit) if unit is not None else None
        leader = own.leader(day) if own else None
        if leader is not None and leader.has_email and leader.number != number:
            return f"manager:{leader.manager_id}"
        return next((f"hr:{one.unit}" for one in self._upwards(unit) if one.hr_has_email), None)

    def closures(self, unit: str | None) -> tuple[Closure, ...]:
        """When the unit or one above it is closed: in order, and what touches is one closure."""
        joined: list[Closure] = []
        for first, last in sorted(c for one in self._upwards(unit) for c in one.closures):
            if joined and first <= joined[-1][1] + 1:
                joined[-1] = (joined[-1][0], max(last, joined[-1][1]))
            else:
                joined.append((first, last))
        return tuple(joined)

    def closed_everywhere(self) -> tuple[Closure, ...]:
        """When every unit is closed, since all units at the top are."""
        tops = [unit for unit, one in self._units.items() if one.parent not in self._units]
        return reduce(_both, (self.closures(unit) for unit in tops)) if tops else ()

    def closed_differently(self, others: "Units") -> bool:
        """Whether any unit is closed on other days among those others."""
        known = self._units.keys() | others._units.keys()
        return any(self.closures(unit) != others.closures(unit) for unit in known)

    def alignment_from_day(self, unit: str | None) -> int | None:
        """The day of a sick leave from which an alignment meeting (avstämningsmöte) is proposed.

        The unit's own, else that of the nearest parent with one. None: the tenant's.
        """
        days = (one.alignment_from_day for one in self._upwards(unit))
        return next((day for day in days if day is not None), None)

    def units_led_by(self, manager_id: str, day: date) -> frozenset[str]:
        """The units that this manager leads on that day: the same employment number leads them."""
        everybody = (m for one in self._units.values() for m in one.managers)
        person = next((m for m in everybody if m.manager_id == manager_id), None)
        if person is None:
            return frozenset()
        leaders = ((one.unit, one.leader(day)) for one in self._units.values())
        return frozenset(unit for unit, m in leaders if m is not None and _same(m, person))

    def has(self, unit: str) -> bool:
        """Whether it is among the units."""
        return unit in self._units

    def with_those_above(self, unit: str | None) -> tuple[str, ...]:
        """The unit, known or not, and every unit above it."""
        if unit is None:
            return ()
        return (unit, *(one.unit for one in self._upwards(unit) if one.unit != unit))

    def with_those_below(self, unit: str) -> frozenset[str]:
        """The unit, known or not, and every unit below it."""
        below = {one for one in self._units if unit in self.with_those_above(one)}
        return frozenset(below | {unit})

    def placed_differently(self, others: "Units") -> frozenset[str]:
        """The units that are below other units than among those others."""
        known = self._units.keys() | others._units.keys()
        return frozenset(
            unit for unit in known if self.with_those_above(unit) != others.with_those_above(unit)
        )

    def _upwards(self, unit: str | None) -> Iterator[Unit]:
        """The unit, its parent, and so on to the top; each once, whatever is stored."""
        seen: set[str] = set()
        while unit is not None and unit in self._units and unit not in seen:
            seen.add(unit)
            yield self._units[unit]
            unit = self._units[unit].parent


def _both(one: Sequence[Closure], other: Sequence[Closure]) -> tuple[Closure, ...]:
    """The days that lie in both."""
    pairs = ((max(a, c), min(b, d)) for a, b in one for c, d in other)
    return tuple((first, last) for first, last in pairs if first <= last)


def _same(one: Manager, other: Manager) -> bool:
    named = one.number is not None and one.number == other.number
    return named or one.manager_id == other.manager_id


def unsound(parents: Mapping[str, str | None], named: Iterable[str]) -> dict[str, Unsound]:
    """What is wrong with the parents of the named units: not there, or in a circle.

    `parents` has every unit as it would be. Each unit is walked over once, however deep they go.
    """
    wrong: dict[str, Unsound] = {}
    settled: dict[str, bool] = {}
    for unit in named:
        parent = parents[unit]
        if parent is not None and parent not in parents:
            wrong[unit] = "unknown_parent"
        elif not _leads_up(unit, parents, settled):
            wrong[unit] = "parent_cycle"
    return wrong


def _leads_up(unit: str, parents: Mapping[str, str | None], settled: dict[str, bool]) -> bool:
    """Whether the way up from a unit ends; what is found is noted for all units on it."""
    way: dict[str, None] = {}
    at: str | None = unit
    while at is not None and at not in settled and at not in way:
        way[at] = None
        at = parents.get(at)
    ends = at is None or settled.get(at, False)
    settled.update(dict.fromkeys(way, ends))
    return ends
