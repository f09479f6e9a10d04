"""Worked cases: one employee's policy, rules and events in, the answer out, without a database.

The form is that of `tests/cases/semantics.json`; `app.cli evaluate` and integrators use it to
check an understanding of the semantics by hand.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from app.absences.fold import Absence, fold
from app.absences.history import VIEWS, History
from app.absences.policy import ordinal, periods_from_json, policy_from_json
from app.intake.event import Event, make_event
from app.rules.document import RuleDocument
from app.rules.triggers import accepted, applies, holds, triggers_of

_DAYS = ("first_day", "last_day", "well_from", "extent_from")


def evaluate_case(case: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to one case: its groups, and each rule's truth and triggers at `as_of`."""
    history = History(
        fold_all(event_from_json(e) for e in case["events"]).values(),
        policy_from_json(case.get("policy", {})),
        periods_from_json(case.get("employment", [])),
        as_of=ordinal(case["as_of"]),
    )
    answer: dict[str, Any] = {view: history.view(view) for view in VIEWS}
    answer["rules"] = [_judge(rule_from_json(rule), history) for rule in case["rules"]]
    return answer


def rule_from_json(document: Mapping[str, Any]) -> RuleDocument:
    """A rule of a case, which may leave out what it does: it then only notifies."""
    return RuleDocument.model_validate({"action": "notify"} | dict(document))


def event_from_json(document: Mapping[str, Any]) -> Event:
    """An event of a case from its JSON form."""
    fields = {
        k: date.fromisoformat(v) if k in _DAYS and v is not None else v for k, v in document.items()
    }
    return make_event(fields | {"occurred_at": datetime.fromisoformat(document["occurred_at"])})


def fold_all(events: Iterable[Event]) -> dict[tuple[str, str], Absence]:
    """Every absence by (source, absence); the first of two events with one identity stays."""
    seen: dict[tuple[str, str], Event] = {}
    for event in events:
        seen.setdefault((event.source, event.id), event)
    by_absence: defaultdict[tuple[str, str], list[Event]] = defaultdict(list)
    for event in seen.values():
        by_absence[event.source, event.absence].append(event)
    return {key: fold(said) for key, said in by_absence.items()}


def _judge(rule: RuleDocument, history: History) -> dict[str, Any]:
    found = triggers_of(history, rule, with_evidence=False)
    return {
        "rule": rule.id,
        "holds": applies(rule, history.as_of) and holds(history, rule.when, history.as_of),
        "triggers": [
            {"on": date.fromordinal(t.on).isoformat(), "kind": t.kind, "accepted": yes}
            for t, yes in zip(found, accepted(found, rule.rearm_days), strict=True)
        ],
    }
