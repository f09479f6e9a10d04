"""What a payroll or HR system has on record: absences as they stand, in stretches of one extent.

Pure. Files do not tell what was said when, but what holds; so events are folded on the way.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple, cast

from app.absences.days import sick_runs
from app.absences.fold import Absence, fold
from app.absences.policy import Policy
from app.intake.event import KINDS, Event, Kind

_EVERYTHING = Policy(counted_kinds=frozenset(KINDS))


class Stretch(NamedTuple):
    """That somebody is absent on those days (ordinals), to one extent; `last` None: it goes on."""

    employee: str
    first: int
    last: int | None
    extent: int
    kind: Kind


class Records:
    """The absences of which something may still change, and when each was last heard of.

    Memory follows what is under way: `forget` hands out what is settled.
    """

    def __init__(self) -> None:
        self._told: OrderedDict[str, tuple[int, dict[str, Event]]] = OrderedDict()

    def hear(self, day: int, events: Iterable[Event]) -> None:
        """Take in what arrived on a day; the same again is nothing new."""
        for event in events:
            _, told = self._told.pop(event.absence, (0, {}))
            told.setdefault(event.id, event)
            self._told[event.absence] = (day, told)

    def standing(self, *, as_of: int) -> Iterator[Stretch]:
        """Everything on record."""
        for _, told in self._told.values():
            yield from _stretches(told, as_of)

    def forget(self, *, before: int, as_of: int) -> Iterator[Stretch]:
        """What was last heard of before that day, and is over; it is dropped."""
        while self._told:
            name, (heard, told) = next(iter(self._told.items()))
            if heard >= before:
                return
            if _is_over(fold(told.values()), before):
                del self._told[name]
                yield from _stretches(told, as_of)
            else:
                # It is heard of again when it ends.
                self._told[name] = (as_of, told)
                self._told.move_to_end(name)


def _is_over(absence: Absence, before: int) -> bool:
    if absence.cancelled:
        return True
    return absence.last_day is not None and absence.last_day.toordinal() < before


def _stretches(told: dict[str, Event], as_of: int) -> Iterator[Stretch]:
    absence = fold(told.values())
    employee = next(iter(told.values())).employee
    runs = sick_runs([absence], _EVERYTHING, (), as_of=as_of)
    for run in runs:
        goes_on = absence.last_day is None and run.last == as_of
        last = None if goes_on else run.last
        yield Stretch(employee, run.first, last, run.extent, cast("Kind", absence.kind))


def iso(day: int) -> str:
    """A day as it is written."""
    return date.fromordinal(day).isoformat()
