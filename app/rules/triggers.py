"""Triggers: the days on which a rule asks for attention (semantics 6).

Pure: a function of the history, the condition and `as_of`; it does not depend on when anything
arrived or how often it was computed.
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.absences.history import History
from app.rules.document import All, AnyOf, Condition, Leaf, Not, Op, leaves
from app.rules.measures import evidence, measure

TriggerKind = Literal["crossing", "renewal"]


@dataclass(frozen=True, slots=True)
class Trigger:
    """A day a rule asks for attention, and the days its judgement looked at."""

    on: int
    kind: TriggerKind
    evidence: frozenset[int] = frozenset()


def compare(value: int, op: Op, limit: int) -> bool:
    """The four comparators."""
    match op:
        case "at_least":
            return value >= limit
        case "more_than":
            return value > limit
        case "at_most":
            return value <= limit
    return value < limit


def holds(history: History, condition: Condition, day: int) -> bool:
    """H(day): the truth of the condition for that day."""
    match condition:
        case Leaf():
            return compare(measure(history, condition, day), condition.op, condition.value)
        case All(all=inner):
            return all(holds(history, part, day) for part in inner)
        case AnyOf(any=inner):
            return any(holds(history, part, day) for part in inner)
        case Not(not_=part):
            return not holds(history, part, day)


def triggers(
    history: History, condition: Condition, *, since: int = 0, with_evidence: bool = True
) -> list[Trigger]:
    """All triggers from `since` up to the history's `as_of`, in order of day."""
    days = history.sick[bisect_left(history.sick, since) :]
    begins = frozenset(history.episodes.firsts) if days else frozenset()
    found: list[Trigger] = []
    judged, held = 0, False
    for day in days:
        before = held if judged == day - 1 else None
        judged, held = day, holds(history, condition, day)
        if not held:
            continue
        if before is None:
            before = holds(history, condition, day - 1)
        if before and day not in begins:
            continue
        seen = _evidence(history, condition, day) if with_evidence else frozenset()
        found.append(Trigger(day, "renewal" if before else "crossing", seen))
    return found


def _evidence(history: History, condition: Condition, day: int) -> frozenset[int]:
    return frozenset().union(*(evidence(history, leaf, day) for leaf in leaves(condition)))


def accepted(found: Sequence[Trigger], rearm_days: int) -> list[bool]:
    """Which triggers are accepted: the first, and each far enough from the last accepted."""
    answers: list[bool] = []
    last: int | None = None
    for trigger in found:
        far_enough = last is None or trigger.on - last >= rearm_days
        answers.append(far_enough)
        last = trigger.on if far_enough else last
    return answers
