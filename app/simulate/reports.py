"""What a source system says of the absences: events of the contract, in the order they arrive.

Pure. Most is said on the day; some late, some wrong at first and put right, some called off, some
sent again. What is said after the last day has not been said yet.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from app.intake.event import Event, EventType, Kind
from app.simulate import chance
from app.simulate.population import Population
from app.simulate.profiles import RATES, Rates
from app.simulate.sickness import Onsets

SOURCE = "simulated"
_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_MORNING = time(5, 30)
_SPREAD_S = 3 * 3600
_AFTERWARDS_UP_TO = 14
_LATEST, _CORRECTED_WITHIN, _CANCELLED_WITHIN, _RESENT_WITHIN = 29, 20, 11, 4
_CHANCES = 11


@dataclass(frozen=True, slots=True)
class _Absence:
    """One absence and all that chance has decided of how it is told (`chances`: 0 to 1 each)."""

    name: str
    employee: str
    first: int
    last: int
    extent: int
    half_from: int
    kind: Kind
    chances: list[float]

    @property
    def days(self) -> int:
        return self.last - self.first + 1


Said = tuple[int, Event]
"""The day on which an event arrives, and the event."""


def reports(
    begun: Iterable[Onsets],
    people: Population,
    *,
    last_day: int,
    seed: int,
    rates: Rates = RATES,
) -> Iterator[tuple[int, list[Event]]]:
    """What arrives on each day, in order; days without anything too.

    Memory follows what is under way. An event sent again is the same, with its first time.
    """
    dice = chance.stream(seed, 4)
    diary: defaultdict[int, list[Event]] = defaultdict(list)
    for onsets in begun:
        for absence in _absences(onsets, people, dice):
            for day, event in _with_repeats(absence, rates):
                if day <= last_day:
                    diary[day].append(event)
        today = diary.pop(onsets.day, [])
        yield onsets.day, sorted(today, key=lambda event: event.order)


def _absences(begun: Onsets, people: Population, dice: Any) -> Iterator[_Absence]:
    count = len(begun.who)
    names = dice.integers(0, 2**63, count).tolist()
    columns = (begun.who, begun.last, begun.extent, begun.half_from)
    rows = zip(*(column.tolist() for column in columns), begun.kind, strict=True)
    chances = dice.random((count, _CHANCES)).tolist()
    for name, (who, last, extent, half_from, kind), own in zip(names, rows, chances, strict=True):
        number = people.number(who)
        yield _Absence(f"{name:016x}", number, begun.day, last, extent, half_from, kind, own)


def _with_repeats(absence: _Absence, rates: Rates) -> Iterator[Said]:
    for day, event in _told(absence, rates):
        yield day, event
        if event.type == "absence.reported" and absence.chances[7] < rates.resent:
            yield day + int(absence.chances[10] * _RESENT_WITHIN), event


def _told(absence: _Absence, rates: Rates) -> Iterator[Said]:
    """Everything said of one absence."""
    chances = absence.chances
    reported = absence.first
    if chances[0] < rates.late:
        reported += 2 + int(chances[1] * _LATEST)
    if chances[2] < rates.cancelled:
        yield _reported(absence, reported, {})
        off = reported + int(chances[3] * _CANCELLED_WITHIN)
        yield _event(absence, off, 5, "absence.cancelled", {})
        return
    afterwards = chances[4] < rates.afterwards and absence.days <= _AFTERWARDS_UP_TO
    if afterwards:
        reported = max(reported, absence.last + 1)
    over = absence.last < reported
    wrong, right = _mistake(absence) if chances[5] < rates.corrected else ({}, {})
    yield _reported(absence, reported, ({"last_day": _date(absence.last)} if over else {}) | wrong)
    if absence.half_from:
        half = {"extent": 50, "extent_from": _date(absence.half_from)}
        yield _event(absence, max(absence.half_from, reported), 1, "absence.changed", half)
    ended = reported if over else absence.last + 1
    if not over:
        yield _event(absence, ended, 2, "absence.ended", _end(absence, wrong))
    if right:
        corrected = (reported if "first_day" in right else ended) + 1
        corrected += int(chances[6] * _CORRECTED_WITHIN)
        yield _event(absence, corrected, 3, "absence.changed", right)


def _mistake(absence: _Absence) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is said wrong at first, and what puts it right.

    Never a day too many: it might be one of another absence.
    """
    if absence.days == 1:
        return {"extent": 50 if absence.extent == 100 else 100}, {"extent": absence.extent}
    if absence.chances[9] < 0.5:
        return {"first_day": _date(absence.first + 1)}, {"first_day": _date(absence.first)}
    return {"last_day": _date(absence.last - 1)}, {"last_day": _date(absence.last)}


def _end(absence: _Absence, wrong: dict[str, Any]) -> dict[str, Any]:
    """By the last sick day or by the first healthy one."""
    last: date = wrong.get("last_day", _date(absence.last))
    if absence.chances[8] < 0.5:
        return {"last_day": last}
    return {"well_from": last + timedelta(days=1)}


def _reported(absence: _Absence, day: int, said: dict[str, Any]) -> Said:
    if day <= absence.last:
        # Nobody knows yet when it will be over.
        said = {name: value for name, value in said.items() if name != "last_day"}
    whole = {
        "first_day": _date(absence.first),
        "last_day": None,
        "extent": absence.extent,
        "kind": absence.kind,
    }
    return _event(absence, day, 0, "absence.reported", whole | said)


def _event(absence: _Absence, day: int, place: int, kind: EventType, said: dict[str, Any]) -> Said:
    """`place`: which of the absence's statements it is, and how many hours after the report."""
    seconds = int(absence.chances[9] * _SPREAD_S) + 3600 * place
    event = Event(
        source=SOURCE,
        id=f"{absence.name}-{place}",
        type=kind,
        occurred_at=_morning(day) + timedelta(seconds=seconds),
        employee=absence.employee,
        absence=absence.name,
        said=said,
    )
    return day, event


@lru_cache(maxsize=1024)
def _morning(day: int) -> datetime:
    return datetime.combine(_date(day), _MORNING, _STOCKHOLM).astimezone(UTC)


_date = lru_cache(maxsize=4096)(date.fromordinal)
