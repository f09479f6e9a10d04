"""Semantics 6: the days on which a rule asks for attention."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from .absences import ONE_DAY, fold
from .judgement import Judgement, Periods, Policy, evidence, holds

DEFAULT_REARM_DAYS = 183


@dataclass
class Trigger:
    on: date
    kind: str
    evidence: frozenset[date]
    accepted: bool = False


class History:
    """One employee's events under one policy; a judgement, from scratch, for each day asked for."""

    def __init__(self, events: list[dict[str, Any]], policy: Policy, employment: Periods) -> None:
        self.absences = fold(events)
        self.policy = policy
        self.employment = employment
        self._made: dict[date, Judgement] = {}

    def on(self, d: date) -> Judgement:
        if d not in self._made:
            self._made[d] = Judgement(self.absences, self.policy, self.employment, d)
        return self._made[d]


def triggers(history: History, rule: dict[str, Any], as_of: date) -> list[Trigger]:
    found: list[Trigger] = []
    for d in sorted(history.on(as_of).sick_days):
        today = history.on(d)
        if not holds(rule["when"], today):
            continue
        if not holds(rule["when"], history.on(d - ONE_DAY)):
            found.append(Trigger(d, "crossing", evidence(rule["when"], today)))
        elif today.episodes and today.episodes[-1][0] == d:
            found.append(Trigger(d, "renewal", evidence(rule["when"], today)))

    rearm_days = rule.get("rearm_days", DEFAULT_REARM_DAYS)
    last_accepted: date | None = None
    for trigger in found:
        if last_accepted is None or (trigger.on - last_accepted).days >= rearm_days:
            trigger.accepted = True
            last_accepted = trigger.on
    return found
