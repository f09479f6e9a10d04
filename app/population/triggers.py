"""Triggers of a whole population: whom a condition asks attention for, and on which days.

Pure, and trigger by trigger what `app.rules.triggers` finds for each employee. Most spells are
settled whole: the condition cannot hold on any of their days, or holds on all. Only where it may
change within a spell are single days looked at.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np

from app.population.cover import repeated
from app.population.line import Line
from app.population.measures import Days, Stretch, high, low, spells
from app.population.population import Ints, Mask
from app.population.prepare import Prepared
from app.rules.document import All, AnyOf, Condition, Leaf, Not, Op


class Triggers(NamedTuple):
    """One row for each, in the order of persons and days.

    `person`: index in the population. `on`: day ordinal. `renewal`: else it is a crossing.
    """

    person: Ints
    on: Ints
    renewal: Mask


def triggers(prepared: Prepared, condition: Condition, *, since: int = 0) -> Triggers:
    """All triggers of the condition up to the day that was prepared for.

    With `since` (a day ordinal) those from that day on, for about as much less work.
    """
    return triggers_of_each(prepared, [condition], since=since)[0]


def triggers_of_each(
    prepared: Prepared, conditions: Sequence[Condition], *, since: int = 0
) -> list[Triggers]:
    """The same for several conditions, which share what is measured."""
    found: list[list[Triggers]] = [[] for _ in conditions]
    for line in prepared.lines:
        with line.in_use():
            reaching = _spells(line, since)
            for own, condition in zip(found, conditions, strict=True):
                own.append(_of_spells(line, reaching, condition))
    all_of_each = [_together(own) for own in found]
    if since <= prepared.calendar.base:
        return all_of_each
    return [limit(own, first=since) for own in all_of_each]


def holds(prepared: Prepared, condition: Condition) -> Mask:
    """For whom the condition holds on the day that was prepared for."""
    found = [np.empty(0, np.bool_)]
    for line in prepared.lines:
        persons = np.arange(line.persons, dtype=np.int32) << line.calendar.bits
        days = Days(line, persons + (prepared.as_of - line.calendar.base))
        found.append(always(condition, Stretch(days, days)))
    return np.concatenate(found)


def sweep(prepared: Prepared, leaf: Leaf, values: Sequence[int]) -> list[Triggers]:
    """The triggers of one comparison for each of several limits, measured once."""
    found: list[list[Triggers]] = [[] for _ in values]
    rules = [leaf.model_copy(update={"value": value}) for value in values]
    for line in prepared.lines:
        with line.in_use():
            seen = _candidates(
                line,
                _spells(line),
                worth=lambda stretch: ever(AnyOf.model_construct(any=rules), stretch),
                steady=lambda stretch: low(stretch, leaf) == high(stretch, leaf),
                ask=lambda days: low(days, leaf),
            )
        for own, value in zip(found, values, strict=True):
            before, now = (_compared(one, leaf.op, value) for one in (seen.before, seen.now))
            own.append(_asking(line, _Candidates(seen.at, before, now)))
    return [_together(own) for own in found]


def accepted(found: Triggers, rearm_days: int) -> Mask:
    """Which are accepted: a person's first, and each far enough from the last accepted one."""
    answer = np.zeros(len(found.on), np.bool_)
    if not len(answer):
        return answer
    day = found.on.astype(np.int64) - int(found.on.min())
    apart = int(day.max()) + rearm_days + 1
    place = found.person.astype(np.int64) * apart + day
    # A person's days and the re-arm time after them end before the next person's begin.
    following = np.searchsorted(place, place + rearm_days)
    at = np.flatnonzero(np.diff(found.person, prepend=-1))
    while len(at):
        answer[at] = True
        after = following[at]
        inside = after < len(answer)
        at, after = at[inside], after[inside]
        at = after[found.person[after] == found.person[at]]
    return answer


def limit(
    found: Triggers,
    *,
    persons: Mask | None = None,
    first: int | None = None,
    last: int | None = None,
) -> Triggers:
    """Those of some persons (a boolean for each of the population), of a range of days."""
    kept = np.ones(len(found.on), np.bool_)
    if persons is not None:
        kept &= persons[found.person]
    if first is not None:
        kept &= found.on >= first
    if last is not None:
        kept &= found.on <= last
    return Triggers(found.person[kept], found.on[kept], found.renewal[kept])


# What a condition may be, and what it must be, on the days of a stretch


def ever(condition: Condition, stretch: Stretch) -> Mask:
    """Where the condition may hold on some day; nowhere else does it hold on any."""
    match condition:
        case Leaf(op=op, value=value):
            rising = op in ("at_least", "more_than")
            measured = high(stretch, condition) if rising else low(stretch, condition)
            return _compared(measured, op, value)
        case All(all=inner):
            return np.logical_and.reduce([ever(part, stretch) for part in inner])
        case AnyOf(any=inner):
            return np.logical_or.reduce([ever(part, stretch) for part in inner])
        case Not(not_=part):
            return ~always(part, stretch)


def always(condition: Condition, stretch: Stretch) -> Mask:
    """Where the condition certainly holds on every day; on single days, where it holds."""
    match condition:
        case Leaf(op=op, value=value):
            rising = op in ("at_least", "more_than")
            measured = low(stretch, condition) if rising else high(stretch, condition)
            return _compared(measured, op, value)
        case All(all=inner):
            return np.logical_and.reduce([always(part, stretch) for part in inner])
        case AnyOf(any=inner):
            return np.logical_or.reduce([always(part, stretch) for part in inner])
        case Not(not_=part):
            return ~ever(part, stretch)


def _compared(value: Ints, op: Op, limit: int) -> Mask:
    match op:
        case "at_least":
            return value >= limit
        case "more_than":
            return value > limit
        case "at_most":
            return value <= limit
    return value < limit


# Days that may be triggers

_Answer = Callable[[Stretch], Any]


class _Candidates(NamedTuple):
    """Sick days, with what was asked of each and of the day before it."""

    at: Ints
    before: Any
    now: Any


def _of_spells(line: Line, reaching: Stretch, condition: Condition) -> Triggers:
    def certain(stretch: Stretch) -> Mask:
        return always(condition, stretch)

    def possible(stretch: Stretch) -> Mask:
        return ever(condition, stretch)

    return _asking(line, _candidates(line, reaching, worth=possible, steady=certain, ask=certain))


def _spells(line: Line, since: int = 0) -> Stretch:
    """All spells that reach to that day, or beyond."""
    everything = spells(line)
    if since <= line.calendar.base:
        return everything
    return everything.take(np.flatnonzero(line.day(line.sick.last) >= since))


def _candidates(
    line: Line, reaching: Stretch, *, worth: _Answer, steady: _Answer, ask: _Answer
) -> _Candidates:
    """The days of the spells that are worth it on which the answer may not be that of the day
    before, and those on which an episode begins. `steady`: the answer is the same on all days.
    """
    open_ones = reaching.take(np.flatnonzero(worth(reaching)))
    settled = steady(open_ones)
    still = _of_still(line, open_ones.take(np.flatnonzero(settled)), ask)
    moving = _of_moving(open_ones.take(np.flatnonzero(~settled)), ask)
    return _Candidates(*(np.concatenate(both) for both in zip(still, moving, strict=True)))


def _of_still(line: Line, still: Stretch, ask: _Answer) -> _Candidates:
    """Of each spell its first day, and the first days of later episodes within it."""
    day_before = still.first.after(slice(None), -1)
    before = ask(Stretch(day_before, day_before))
    now = ask(Stretch(still.first, still.first))
    begun = still.first.begun()
    which, nth = repeated(still.last.begun() - begun)
    later = line.episodes.first[begun[which] + nth]
    return _Candidates(
        np.concatenate([still.first.at, later]),
        np.concatenate([before, now[which]]),
        np.concatenate([now, now[which]]),
    )


def _of_moving(moving: Stretch, ask: _Answer) -> _Candidates:
    """Every day, each asked once."""
    which, nth = repeated(moving.last.at - moving.first.at + 2)
    days = moving.first.after(which, nth.astype(np.int32) - 1)
    answers = ask(Stretch(days, days))
    own = np.flatnonzero(nth > 0)
    return _Candidates(days.at[own], answers[own - 1], answers[own])


def _asking(line: Line, seen: _Candidates) -> Triggers:
    """The candidates that are triggers: crossings, and renewals where an episode begins."""
    held = np.flatnonzero(seen.now)
    at, before = seen.at[held], seen.before[held]
    begins = line.episodes.first_before[line.episodes.ranks.through(at)] == at
    asks = begins | ~before
    at, before = at[asks], before[asks]
    ordered = (at.astype(np.int64) << 1) + before
    ordered.sort()
    at = (ordered >> 1).astype(at.dtype)
    return Triggers(line.person(at), line.day(at), (ordered & 1).astype(np.bool_))


def _together(parts: Iterable[Triggers]) -> Triggers:
    nothing = Triggers(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.bool_))
    return Triggers(*(np.concatenate(all_of) for all_of in zip(nothing, *parts, strict=True)))
