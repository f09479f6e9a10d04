"""From a rule's stored version and a history to what reconciliation watches.

Pure.
"""

from collections.abc import Callable, Iterable, Sequence

from app.absences.history import History
from app.flags.picture import Flag, Picture, Watch
from app.rules.document import RuleDocument
from app.rules.triggers import Trigger, applies, holds, triggers_of
from app.rules.versions import StoredVersion

NEVER = 10_000_000
"""A day that does not come: the `live_from` of a version that was never activated."""

Covers = Callable[[RuleDocument, int], bool]
"""Whether a rule is about the person on that day."""


def everybody(_: RuleDocument, __: int) -> bool:
    """A scope that covers whoever it is."""
    return True


def watch(
    version: StoredVersion,
    triggers: Iterable[Trigger],
    *,
    automatic: bool,
    covers: Covers = everybody,
) -> Watch:
    """The version with its triggers. `automatic`: the employer's setting, which it may tighten."""
    rule = version.document
    found = tuple(triggers)
    outside = () if rule.scope is None else (t.on for t in found if not covers(rule, t.on))
    return Watch(
        rule=rule.id,
        version=version.version,
        active=version.active,
        action=rule.action,
        automatic=automatic and rule.release != "manual",
        rearm_days=rule.rearm_days,
        max_age_days=rule.max_age_days,
        live_from=NEVER if version.live_from is None else version.live_from,
        triggers=found,
        out_of_scope=frozenset(outside),
    )


def triggers_that_matter(
    history: History,
    rule: RuleDocument,
    version: int,
    live_from: int | None,
    picture: Picture,
    silent_through: int | None,
) -> list[Trigger]:
    """The triggers today that can change anything; `picture`: all flags that the person ever had.

    What may raise a flag lies neither before the rule acts nor too long ago, nor near a flag that
    stays (semantics 7, step 5). Beside it a flag that is there needs the trigger of its own day
    or, once that is gone, all those that it may move to (step 3).
    """
    acts = max(NEVER if live_from is None else live_from, (silent_through or 0) + 1)
    recent = history.sick_since(max(acts, history.as_of - rule.max_age_days))
    own = [flag for flag in picture.flags if flag.rule == rule.id]
    if not own:
        return triggers_of(history, rule, days=recent, with_kind=False)
    raised = [flag for flag in own if flag.version == version and flag.state != "withdrawn"]
    stay = [flag.on for flag in raised if _stays(flag, picture)]
    days = {day for day in recent if all(abs(day - on) >= rule.rearm_days for on in stay)}
    days.update(flag.on for flag in own if history.is_sick(flag.on))
    found = triggers_of(history, rule, days=sorted(days), with_kind=False)
    # Of two histories that were joined there may be two flags of one day, for one trigger.
    unanswered = {flag.on for flag in raised} - {trigger.on for trigger in found}
    if not unanswered and len({flag.on for flag in raised}) == len(raised):
        return found
    since = history.sick_since(min(acts, *(flag.on for flag in own)))
    return triggers_of(history, rule, days=since, with_kind=False)


def _stays(flag: Flag, picture: Picture) -> bool:
    """Whether it holds other triggers back for good, as long as its own is there."""
    carries = flag.referral is None or picture.referral(flag.referral) is not None
    return flag.counts_for_rearm and carries


def standing(
    history: History,
    version: StoredVersion,
    flags: Sequence[Flag],
    covers: Covers = everybody,
) -> Trigger | None:
    """The latest trigger of a rule that holds today and has no flag near it (semantics 8)."""
    rule = version.document
    if not applies(rule, history.as_of) or not holds(history, rule.when, history.as_of):
        return None
    found = [trigger for trigger in triggers_of(history, rule) if covers(rule, trigger.on)]
    near = [flag for flag in flags if found and _answers(flag, rule, found[-1])]
    return found[-1] if found and not near else None


def _answers(flag: Flag, rule: RuleDocument, trigger: Trigger) -> bool:
    """Whether a flag is there for the trigger: near enough, or suppressed on its very day."""
    if flag.rule != rule.id or flag.state == "withdrawn":
        return False
    if flag.counts_for_rearm:
        return abs(flag.on - trigger.on) < rule.rearm_days
    return flag.on == trigger.on
