"""From a rule's stored version and a history to what reconciliation watches.

Pure.
"""

from collections.abc import Sequence

from app.absences.history import History
from app.flags.picture import Flag, Watch
from app.rules.document import RuleDocument
from app.rules.triggers import Trigger, holds, triggers
from app.rules.versions import StoredVersion

NEVER = 10_000_000
"""A day that does not come: the `live_from` of a version that was never activated."""


def watch(version: StoredVersion, history: History, *, automatic: bool, since: int = 0) -> Watch:
    """The version with its triggers from `since` on.

    `automatic`: the employer's setting, which it may tighten.
    """
    rule = version.document
    return Watch(
        rule=rule.id,
        version=version.version,
        active=version.active,
        action=rule.action,
        automatic=automatic and rule.release != "manual",
        rearm_days=rule.rearm_days,
        max_age_days=rule.max_age_days,
        live_from=NEVER if version.live_from is None else version.live_from,
        triggers=tuple(triggers(history, rule.when, since=since)),
    )


def first_to_act_on(
    rule: RuleDocument,
    live_from: int | None,
    flags: Sequence[Flag],
    *,
    today: int,
    silent_through: int | None,
) -> int:
    """The first day whose trigger can change anything; all earlier ones are historical.

    A trigger before `live_from` serves a flag of its own day alone, and one that is too old only
    a flag that is there (semantics 7, steps 3 and 5). `flags`: all that the person ever had.
    """
    acts = max(NEVER if live_from is None else live_from, (silent_through or 0) + 1)
    days = [flag.on for flag in flags if flag.rule == rule.id]
    return min(acts, *days) if days else max(acts, today - rule.max_age_days)


def standing(history: History, version: StoredVersion, flags: Sequence[Flag]) -> Trigger | None:
    """The latest trigger of a rule that holds today and has no flag near it (semantics 8)."""
    rule = version.document
    if not holds(history, rule.when, history.as_of):
        return None
    found = triggers(history, rule.when)
    near = [flag for flag in flags if found and _answers(flag, rule, found[-1])]
    return found[-1] if found and not near else None


def _answers(flag: Flag, rule: RuleDocument, trigger: Trigger) -> bool:
    """Whether a flag is there for the trigger: near enough, or suppressed on its very day."""
    if flag.rule != rule.id or flag.state == "withdrawn":
        return False
    if flag.counts_for_rearm:
        return abs(flag.on - trigger.on) < rule.rearm_days
    return flag.on == trigger.on
