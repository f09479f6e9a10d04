"""What the rules say of one employee, explained: every comparison, what counted, what did not.

Reads alone; it shows what reconciliation would do and changes nothing.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.aside import set_aside
from app.absences.fold import Absence, fold
from app.absences.history import History
from app.absences.policy import Policy
from app.became import Became
from app.casebook import Case, Tenant
from app.flags.explain import explained, flag_in_words
from app.flags.picture import Flag
from app.flags.watch import Covers
from app.intake.event import Event
from app.intake.store import events_of_employees
from app.rules.document import RuleDocument
from app.rules.presets import meaning_of
from app.rules.trace import LANGUAGES, trace
from app.rules.triggers import accepted, applies, holds, triggers_of
from app.rules.versions import StoredVersion

Shown = dict[str, Any]
Told = Mapping[tuple[str, str, str], Sequence[Event]]
"""The events of each absence, by employment, source and the source's name for it."""


def evaluate(conn: Connection, tenant: Tenant, case: Case, employee_id: str, as_of: date) -> Shown:
    """What every active rule says on `as_of` of somebody, asked about by one employment."""
    told = _told(conn, tenant.tenant_id, case)
    history = case.history(tenant.policy, as_of.toordinal())
    became, covers = Became.of(case, tenant), case.covers(tenant)
    return {
        "employee_id": employee_id,
        "as_of": as_of,
        "rules": [
            _rule(version, history, case, told, became, covers)
            for version in sorted(case.versions, key=lambda v: v.document.id)
            if version.active
        ],
        "not_counted": _not_counted(told, tenant),
    }


def flag_trace(conn: Connection, tenant: Tenant, case: Case, flag: Flag) -> Shown:
    """The trace of a flag's day, by the version that raised it and what is known today."""
    history = case.history(tenant.policy, flag.on)
    told = _told(conn, tenant.tenant_id, case)
    return _trace(history, case.rule_of(flag).document, flag.on, case, told)


def flag_words(tenant: Tenant, case: Case, flag: Flag, shown: Shown) -> Shown:
    """A flag in words, from its trace: in a sentence, to the employee, and what its rule means."""
    rule = case.rule_of(flag).document
    short = tenant.policy.short_max_days
    return {
        "words": {one: flag_in_words(flag, rule, shown, one) for one in LANGUAGES},
        "explanation": {one: explained(rule, shown, short, one).text for one in LANGUAGES},
        "meaning": _meaning(rule),
    }


def _trace(history: History, rule: RuleDocument, day: int, case: Case, told: Told) -> Shown:
    shown = trace(history, rule, day, set_aside(case.parts, history))
    return _with_events(shown, told, history.policy)


def _meaning(rule: RuleDocument) -> Shown | None:
    meaning = meaning_of(rule)
    return meaning._asdict() if meaning else None


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
    became: Became,
    covers: Covers,
) -> Shown:
    rule = version.document
    found = triggers_of(history, rule, with_evidence=False)
    # Of somebody else the rule would have said nothing, nor kept a later day from being said.
    about = [trigger for trigger in found if covers(rule, trigger.on)]
    taken = {t.on for t, yes in zip(about, accepted(about, rule.rearm_days), strict=True) if yes}
    return {
        "rule_id": version.rule_id,
        "rule": rule.id,
        "version": version.version,
        "content_hash": version.content_hash,
        "holds": applies(rule, history.as_of) and holds(history, rule.when, history.as_of),
        "trace": _trace(history, rule, history.as_of, case, told),
        "triggers": [
            {
                "on": date.fromordinal(trigger.on),
                "kind": trigger.kind,
                "accepted": trigger.on in taken,
                **became.of_trigger(rule.id, trigger.on),
            }
            for trigger in found
        ],
        "meaning": _meaning(rule),
    }


def _with_events(shown: Shown, told: Told, policy: Policy) -> Shown:
    """The trace with the events that each of its episodes rests on."""
    absences = {key: fold(events) for key, events in told.items()}
    counted = {k: a for k, a in absences.items() if a.counts(policy.counted_kinds)}
    for comparison in shown["comparisons"]:
        for episode in [*comparison["counted"], *comparison["not_counted"]]:
            episode["events"] = _events(told, counted, episode)
    for aside in shown["not_counted"]:
        others = absences if aside["reason"] in ("cancelled", "other_kind") else counted
        aside["events"] = _events(told, others, aside)
    return shown


def _events(told: Told, absences: Mapping[Any, Absence], days: Shown) -> list[Shown]:
    """The events of the absences that touch those days."""
    return [
        {"source": event.source, "id": event.id}
        for key, events in told.items()
        if key in absences and _touches(absences[key], days)
        for event in events
    ]


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
