"""Triggers of a whole population: whom a condition asks attention for, and on which days.

Pure, and trigger by trigger what `app.rules.triggers` finds for each employee.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from app.population.asked import Question, always
from app.population.candidates import Candidates, candidates, spells_since
from app.population.line import Line, after_nothing
from app.population.measures import Days, Stretch
from app.population.population import Ints, Mask
from app.population.prepare import Prepared
from app.rules.document import Condition, Leaf


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
    questions = [Question.of(condition) for condition in conditions]
    all_of_each = [found for [found] in _answered(prepared, questions, since)]
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


def sweep(
    prepared: Prepared, leaves: Sequence[Leaf], values: Sequence[int]
) -> list[list[Triggers]]:
    """Of each comparison the triggers for each of several limits; a window is measured once."""
    questions = [Question.of_limits(leaf, values) for leaf in leaves]
    answers = []
    for leaf, found in zip(leaves, _answered(prepared, questions), strict=True):
        easiest_first = sorted(values, reverse=leaf.op in ("at_most", "less_than"))
        answers.append([found[easiest_first.index(value)] for value in values])
    return answers


def accepted(found: Triggers, rearm_days: int) -> Mask:
    """Which are accepted: a person's first, and each far enough from the last accepted one."""
    answer = np.zeros(len(found.on), np.bool_)
    if not len(answer):
        return answer
    latest = int(found.on.max())
    span = latest - int(found.on.min()) + 1
    person = found.person - found.person[0]
    # Half the width where there is room: what is sorted is then looked through faster.
    size = np.int32 if int(person[-1]) * span + latest + rearm_days < 1 << 31 else np.int64
    place = np.multiply(person, span, dtype=size)
    place += found.on
    at = np.flatnonzero(after_nothing(person[1:] != person[:-1], first=True))
    last = place[np.append(at[1:], len(place)) - 1]
    while len(at):
        answer[at] = True
        armed = place.take(at) + size(rearm_days)
        more = np.flatnonzero(armed <= last)
        at, last = place.searchsorted(armed.take(more)), last.take(more)
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


def _answered(
    prepared: Prepared, questions: Sequence[Question], since: int = 0
) -> list[list[Triggers]]:
    """Of each question the triggers for each of its limits."""
    found: list[list[list[Triggers]]] = [[[] for _ in range(q.limits)] for q in questions]
    for line in prepared.lines:
        with line.in_use():
            reaching = spells_since(line, since)
            for own, asked in zip(found, questions, strict=True):
                seen = candidates(line, reaching, asked)
                for of_limit, part in zip(own, _asking(line, seen, asked.limits), strict=True):
                    of_limit.append(part)
    return [[_together(parts) for parts in own] for own in found]


def _asking(line: Line, seen: Candidates, limits: int) -> Iterator[Triggers]:
    """For each limit the candidates that are triggers: those on which it is crossed, and renewals
    where an episode begins.
    """
    if not (seen.at[1:] > seen.at[:-1]).all():
        order = np.argsort(seen.at, kind="stable")
        seen = Candidates._make(column[order] for column in seen)
    at, before, now, begins = seen
    person, day = line.person(at), line.day(at)
    # A renewal asks whatever the day before was.
    needs = np.where(begins, 0, before)
    for passed in range(limits):
        asks = np.flatnonzero((now > passed) & (needs <= passed))
        yield Triggers(person.take(asks), day.take(asks), before.take(asks) > passed)


def _together(parts: Sequence[Triggers]) -> Triggers:
    if len(parts) == 1:
        return parts[0]
    nothing = Triggers(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0, np.bool_))
    return Triggers(*(np.concatenate(all_of) for all_of in zip(nothing, *parts, strict=True)))
