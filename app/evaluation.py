"""What the rules say of one employee, explained: every comparison, what counted, what did not.

Reads alone; it shows what reconciliation would do and changes nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.fold import Absence, fold
from app.absences.history import History
from app.absences.policy import Policy
from app.casebook import Case, Tenant, judge
from app.flags.picture import Flag
from app.intake.event import Event
from app.intake.store import events_of_employees
from app.rules.trace import trace
from app.rules.triggers import Trigger, accepted, holds, triggers
from app.rules.versions import StoredVersion

Shown = dict[str, Any]
Told = Mapping[tuple[str, str, str], Sequence[Event]]
"""The events of each absence, by employment, source and the source's name for it."""


def evaluate(conn: Connection, tenant: Tenant, case: Case, employee_id: str, as_of: date) -> Shown:
    """What every active rule says on `as_of` of somebody, asked about by one employment."""
    told = _told(conn, tenant.tenant_id, case)
    history = case.history(tenant.policy, as_of.toordinal())
    judged = judge(case, tenant, historical=True)
    unflagged = {(rule, on): reason for rule, on, reason in judged.unflagged}
    return {
        "employee_id": employee_id,
        "as_of": as_of,
        "rules": [
            _rule(version, history, case, told, unflagged)
            for version in sorted(case.versions, key=lambda v: v.document.id)
            if version.active
        ],
        "not_counted": _not_counted(told, tenant),
    }


def flag_trace(conn: Connection, tenant: Tenant, case: Case, flag: Flag) -> Shown:
    """The trace of a flag's day, by the version that raised it and what is known today."""
    history = case.history(tenant.policy, flag.on)
    told = _told(conn, tenant.tenant_id, case)
    return _with_events(trace(history, case.rule_of(flag).document, flag.on), told, tenant.policy)


def _told(conn: Connection, tenant_id: str, case: Case) -> Told:
    by_absence: defaultdict[tuple[str, str, str], list[Event]] = defaultdict(list)
    for event in events_of_employees(conn, tenant_id, case.ids):
        by_absence[event.employee, event.source, event.absence].append(event)
    return by_absence


def _rule(
    version: StoredVersion,
    history: History,
    case: Case,
    told: Told,
    unflagged: Mapping[tuple[str, int], str],
) -> Shown:
    rule = version.document
    found = triggers(history, rule.when)
    return {
        "rule_id": version.rule_id,
        "rule": rule.id,
        "version": version.version,
        "content_hash": version.content_hash,
        "holds": holds(history, rule.when, history.as_of),
        "trace": _with_events(trace(history, rule, history.as_of), told, history.policy),
        "triggers": [
            _trigger(trigger, yes, case, rule.id, unflagged)
            for trigger, yes in zip(found, accepted(found, rule.rearm_days), strict=True)
        ],
    }


def _trigger(
    trigger: Trigger,
    yes: bool,
    case: Case,
    rule: str,
    unflagged: Mapping[tuple[str, int], str],
) -> Shown:
    flags = [
        flag
        for flag in case.picture.flags
        if (flag.rule, flag.on) == (rule, trigger.on) and flag.state != "withdrawn"
    ]
    return {
        "on": date.fromordinal(trigger.on),
        "kind": trigger.kind,
        "accepted": yes,
        "flag_id": flags[0].id if flags else None,
        "reason": None if flags else unflagged.get((rule, trigger.on)),
    }


def _with_events(shown: Shown, told: Told, policy: Policy) -> Shown:
    """The trace with the events that each of its episodes rests on."""
    absences = {key: fold(events) for key, events in told.items()}
    counted = {k: a for k, a in absences.items() if a.counts(policy.counted_kinds)}
    for comparison in shown["comparisons"]:
        for episode in [*comparison["counted"], *comparison["not_counted"]]:
            episode["events"] = [
                {"source": event.source, "id": event.id}
                for key, events in told.items()
                if key in counted and _touches(counted[key], episode)
                for event in events
            ]
    return shown


def _touches(absence: Absence, episode: Shown) -> bool:
    first, last = absence.first_day, absence.last_day
    began = first is not None and first.isoformat() <= episode["last_day"]
    return began and (last is None or last.isoformat() >= episode["first_day"])


def _not_counted(told: Told, tenant: Tenant) -> list[Shown]:
    answer = []
    for (_, source, name), events in told.items():
        status = fold(events).status(tenant.policy.counted_kinds)
        if status != "counted":
            reason = "other_kind" if status == "not_counted" else status
            listed = [{"source": event.source, "id": event.id} for event in events]
            answer.append({"source": source, "absence": name, "reason": reason, "events": listed})
    return answer
