"""Triggers: the days on which a rule asks for attention (semantics 6).

Pure: a function of the history, the condition and `as_of`; it does not depend on when anything
arrived or how often it was computed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from app.absences.history import History
from app.rules.document import (
    COMPARATORS,
    All,
    AnyOf,
    Condition,
    Leaf,
    Not,
    Op,
    RuleDocument,
    leaves,
)
from app.rules.measures import evidence, measure

TriggerKind = Literal["crossing", "renewal"]


@dataclass(frozen=True, slots=True)
class Trigger:
    """A day a rule asks for attention, and the days its judgement looked at.

    Of both only what was asked for: each costs something.
    """

    on: int
    kind: TriggerKind | None = None
    evidence: frozenset[int] = frozenset()


def compare(value: int, op: Op, limit: int) -> bool:
    """Whether a value passes the limit."""
    return bool(COMPARATORS[op](value, limit))


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
    history: History,
    condition: Condition,
    *,
    days: Sequence[int] | None = None,
    with_kind: bool = True,
    with_evidence: bool = True,
) -> list[Trigger]:
    """All triggers up to the history's `as_of`, in order of day.

    `days`: those to ask about, sick days in order; every one is judged as if all were.
    """
    days = history.sick if days is None else days
    found: list[Trigger] = []
    judged, held = 0, False
    for day in days:
        before = held if judged == day - 1 else None
        judged, held = day, holds(history, condition, day)
        if not held:
            continue
        begins = day in history.episodes.beginnings
        if before is None and (with_kind or not begins):
            before = holds(history, condition, day - 1)
        if before and not begins:
            continue
        kind = _kind(before) if with_kind else None
        seen = _evidence(history, condition, day) if with_evidence else frozenset()
        found.append(Trigger(day, kind, seen))
    return found


def _kind(before: bool | None) -> TriggerKind:
    return "renewal" if before else "crossing"


def applies(rule: RuleDocument, day: int) -> bool:
    """Whether the rule is valid on that day."""
    return rule.validity is None or rule.validity.covers(day)


def triggers_of(
    history: History,
    rule: RuleDocument,
    *,
    days: Sequence[int] | None = None,
    with_kind: bool = True,
    with_evidence: bool = True,
) -> list[Trigger]:
    """The triggers of a rule: its condition's, on days on which it applies."""
    found = triggers(
        history, rule.when, days=days, with_kind=with_kind, with_evidence=with_evidence
    )
    return found if rule.validity is None else [t for t in found if applies(rule, t.on)]


def _evidence(history: History, condition: Condition, day: int) -> frozenset[int]:
    if isinstance(condition, Leaf):
        return frozenset(evidence(history, condition, day))
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
