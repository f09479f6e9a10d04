"""One case of tests/cases/semantics.json, answered."""

from __future__ import annotations

from datetime import date
from typing import Any

from .judgement import Group, Judgement, Policy, holds, read_periods
from .triggers import History, triggers


def evaluate_case(case: dict[str, Any]) -> dict[str, Any]:
    as_of = date.fromisoformat(case["as_of"])
    policy, employment = Policy.read(case.get("policy")), read_periods(case.get("employment"))
    history = History(case["events"], policy, employment)
    judged = history.on(as_of)
    return {
        "spells": [_written(group, judged) for group in judged.spells],
        "sick_pay_periods": [_written(group, judged) for group in judged.sick_pay_periods],
        "episodes": [_written(group, judged) for group in judged.episodes],
        "rules": [
            {
                "rule": rule["id"],
                "holds": holds(rule["when"], judged),
                "triggers": [
                    {"on": t.on.isoformat(), "kind": t.kind, "accepted": t.accepted}
                    for t in triggers(history, rule, as_of)
                ],
            }
            for rule in case["rules"]
        ],
    }


def _written(group: Group, judged: Judgement) -> dict[str, Any]:
    return {
        "first_day": group[0].isoformat(),
        "last_day": group[-1].isoformat(),
        "sick_days": len(group),
        "span_days": (group[-1] - group[0]).days + 1,
        "ongoing": judged.d in group,
        "short": judged.short(group),
    }
