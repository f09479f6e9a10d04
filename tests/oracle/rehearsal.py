"""Semantics 7: one sequence of tests/cases/live.json, what is done and said and what becomes of it.

Two forms: one rule (`rule`, with `release` and `live_from` beside it), or several (`rules`, each
with its own `release` and `live_from`; flags then say their `rule`, and so do the entries of `do`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from .absences import ONE_DAY, day
from .judgement import Policy, lies_in, read_periods
from .triggers import DEFAULT_REARM_DAYS, History, Trigger, triggers

ENDED = {"closed", "declined", "declined_by_employee", "withdrawn"}
DEFAULT_MAX_AGE_DAYS = 60


@dataclass(eq=False)
class Referral:
    state: str = "requested"

    @property
    def open(self) -> bool:
        return self.state not in ENDED


@dataclass(eq=False)
class Flag:
    rule: str
    on: date
    evidence: frozenset[date]
    state: str
    carries: Referral | None = None
    """Its referral, once it is released; none any more when another flag took its place."""
    attached_to: Referral | None = None
    """The referral that an inhibited flag is a further reason for."""

    @property
    def frozen(self) -> bool:
        if self.state in ("released", "inhibited"):
            referral = self.carries or self.attached_to
            return referral is not None and not referral.open
        return self.state in ("dismissed", "handled")

    @property
    def counts_for_rearm(self) -> bool:
        return self.state not in ("withdrawn", "suppressed")


@dataclass
class Rule:
    id: str
    document: dict[str, Any]
    action: str
    release: str
    live_from: date
    rearm_days: int
    max_age_days: int


def read_rules(case: dict[str, Any]) -> list[Rule]:
    return [
        Rule(
            id=document["id"],
            document=document,
            action=document["action"],
            release=document.get("release", case.get("release")),
            live_from=day(document.get("live_from", case.get("live_from"))),
            rearm_days=document.get("rearm_days", DEFAULT_REARM_DAYS),
            max_age_days=document.get("max_age_days", DEFAULT_MAX_AGE_DAYS),
        )
        for document in (case["rules"] if "rules" in case else [case["rule"]])
    ]


class Rehearsal:
    """Everything stored about one employee between the steps."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.rules = read_rules(case)
        self.says_rule = "rules" in case
        self.policy = Policy.read(case.get("policy"))
        self.events: list[dict[str, Any]] = []
        self.employment = read_periods(case.get("employment"))
        self.exemptions = read_periods(case.get("exemptions"))
        self.silences: list[dict[str, Any]] = []
        self.silent_through: date | None = None
        self.flags: list[Flag] = []
        self.referrals: list[Referral] = []
        self.messages: list[str] = []
        self.notes: list[str] = []
        """What the step met: shows how far the random sequences reach, no part of the answer."""

    def step(self, step: dict[str, Any]) -> dict[str, Any]:
        self.messages, self.notes = [], []
        for entry in step.get("do", []):
            self._do(entry)
        if "exemptions" in step:
            self.exemptions = read_periods(step["exemptions"])
        self.silences = step.get("silences", self.silences)
        if "employment" in step:
            self.employment = read_periods(step["employment"])
        self.events += step.get("events", [])
        if step.get("events") and step.get("history_through"):
            through = day(step["history_through"])
            self.silent_through = max(through, self.silent_through or through)
        self._reconcile(day(step["today"]))
        return {"flags": [self._written(f) for f in self.flags], "messages": sorted(self.messages)}

    def _written(self, flag: Flag) -> dict[str, Any]:
        said = {"rule": flag.rule} if self.says_rule else {}
        return said | {
            "on": flag.on.isoformat(),
            "state": flag.state,
            "referral": flag.carries.state if flag.carries else None,
        }

    # What people do

    def _do(self, entry: dict[str, Any]) -> None:
        (move,) = set(entry) & {"release", "dismiss", "handle", "referral"}
        flags = [flag for flag in self.flags if flag.on == day(entry[move])]
        if "rule" in entry:
            flags = [flag for flag in flags if flag.rule == entry["rule"]]
        if move == "referral":
            # Of several flags on one day the latest raised that carries a referral is meant.
            referral = [flag.carries for flag in flags if flag.carries][-1]
            assert referral.open
            referral.state = entry["to"]
            return
        (flag,) = [flag for flag in flags if flag.state == "open"]
        action = self._rule(flag).action
        match move:
            case "dismiss":
                flag.state = "dismissed"
            case "handle":
                assert action == "notify"
                flag.state = "handled"
            case "release":
                assert action == "refer"
                if self._open_referral():
                    flag.state, flag.attached_to = "inhibited", self._open_referral()
                    self.notes.append("attached at release")
                else:
                    self._refer(flag)

    def _rule(self, flag: Flag) -> Rule:
        return next(rule for rule in self.rules if rule.id == flag.rule)

    def _open_referral(self) -> Referral | None:
        return next((referral for referral in self.referrals if referral.open), None)

    def _refer(self, flag: Flag) -> None:
        flag.state, flag.carries = "released", Referral()
        self.referrals.append(flag.carries)
        self.messages.append("referral.requested")

    # Reconciliation

    def _reconcile(self, today: date) -> None:
        wanted = self._triggers(today)  # step 1
        unmatched_flags: list[Flag] = []
        unmatched_triggers: list[tuple[date, str, Rule, Trigger]] = []
        for rule in self.rules:
            self._lift_suppression(rule)  # step 2
            matched = self._match(rule, wanted[rule.id])  # step 3
            unmatched_flags += [
                flag
                for flag in self.flags
                if flag in self._standing(rule) and not flag.frozen and flag not in matched
            ]
            taken = [id(trigger) for trigger in matched.values()]
            unmatched_triggers += [
                (t.on, rule.id, rule, t) for t in wanted[rule.id] if id(t) not in taken
            ]
        self._close(unmatched_flags)  # step 4
        for _, _, rule, trigger in sorted(unmatched_triggers, key=lambda each: each[:2]):
            self._raise(rule, trigger, today)  # step 5

    def _triggers(self, today: date) -> dict[str, list[Trigger]]:
        """Each rule's triggers; once the last employment is over there are none."""
        over = [last is not None and last < today for _, last in self.employment]
        if over and all(over):
            self.notes.append("employment over")
            return {rule.id: [] for rule in self.rules}
        history = History(self.events, self.policy, self.employment)
        return {rule.id: triggers(history, rule.document, today) for rule in self.rules}

    def _lift_suppression(self, rule: Rule) -> None:
        for flag in self.flags:
            if flag.rule != rule.id or flag.state != "suppressed":
                continue
            if not self._paused(flag.rule, flag.on):
                flag.state = "withdrawn"
                self.notes.append("suppression lifted")

    def _paused(self, rule: str, on: date) -> bool:
        """Exempt, or silenced: a silence names its rule, or is about all of them."""
        about = [one for one in self.silences if one.get("rule", rule) == rule]
        return lies_in(on, self.exemptions) or lies_in(on, read_periods(about))

    def _standing(self, rule: Rule) -> list[Flag]:
        return [flag for flag in self.flags if flag.rule == rule.id and flag.state != "withdrawn"]

    def _match(self, rule: Rule, wanted: list[Trigger]) -> dict[Flag, Trigger]:
        flags = sorted(self._standing(rule), key=lambda flag: flag.on)
        matched: dict[Flag, Trigger] = {}
        free = list(wanted)
        for flag in flags:
            self._take(flag, [t for t in free if t.on == flag.on], free, matched)
        for flag in flags:
            if flag not in matched:
                others = [f for f in flags if f is not flag and f.counts_for_rearm]
                may = [t for t in free if self._may_move(rule, flag, t, others)]
                self._take(flag, may, free, matched)
        # Days are compared as they were stored before; only now do the flags move.
        for flag, trigger in matched.items():
            self._update(flag, trigger)
        return matched

    def _take(
        self, flag: Flag, may: list[Trigger], free: list[Trigger], matched: dict[Flag, Trigger]
    ) -> None:
        if may:
            matched[flag] = may[0]
            free.remove(may[0])
            if may[0].on != flag.on:
                self.notes.append("matched by evidence")

    def _may_move(self, rule: Rule, flag: Flag, trigger: Trigger, others: list[Flag]) -> bool:
        return (
            bool(trigger.evidence & flag.evidence)
            and trigger.on >= self._live_from(rule)
            and all(abs((trigger.on - other.on).days) >= rule.rearm_days for other in others)
            and (flag.state != "suppressed" or self._paused(rule.id, trigger.on))
        )

    def _update(self, flag: Flag, trigger: Trigger) -> None:
        if flag.frozen or (flag.on, flag.evidence) == (trigger.on, trigger.evidence):
            return
        self.notes.append(f"{flag.state} {'moved' if flag.on != trigger.on else 'changed'}")
        flag.on, flag.evidence = trigger.on, trigger.evidence
        if flag.state in ("open", "released"):
            self.messages.append("flag.updated")

    def _live_from(self, rule: Rule) -> date:
        if self.silent_through is None:
            return rule.live_from
        return max(rule.live_from, self.silent_through + ONE_DAY)

    def _close(self, unmatched: list[Flag]) -> None:
        """Step 4, over all rules: suppressed and inhibited, then open, then released."""
        unmatched = sorted(unmatched, key=lambda flag: flag.on)
        for flag in unmatched:
            if flag.state in ("suppressed", "inhibited"):
                self.notes.append(f"{flag.state} withdrawn")
                flag.state = "withdrawn"
        for flag in unmatched:
            if flag.state == "open":
                self.notes.append("open withdrawn")
                flag.state = "withdrawn"
                self.messages.append("flag.withdrawn")
        for flag in unmatched:
            if flag.state == "released":
                self.notes.append("released withdrawn")
                flag.state = "withdrawn"
                self.messages.append("flag.withdrawn")
                self._leave(flag)

    def _leave(self, flag: Flag) -> None:
        """What becomes of the referral of a released flag that is withdrawn."""
        referral = flag.carries
        assert referral is not None
        attached = [f for f in self.flags if f.state == "inhibited" and f.attached_to is referral]
        if attached:
            successor = min(attached, key=lambda other: other.on)
            successor.state, successor.carries, successor.attached_to = "released", referral, None
            flag.carries = None
            self.messages.append("referral.basis_changed")
            same = successor.rule == flag.rule
            self.notes.append("takeover" if same else "takeover by another rule")
        elif referral.state in ("requested", "accepted"):
            referral.state = "withdrawn"
            self.messages.append("referral.withdrawn")
        else:
            self.messages.append("referral.basis_changed")
            self.notes.append("told from booked on")

    def _raise(self, rule: Rule, trigger: Trigger, today: date) -> None:
        """Step 5: the first line of the table that applies."""
        too_old = (today - trigger.on).days > rule.max_age_days
        if trigger.on < self._live_from(rule) or too_old:
            self.notes.append("historical")
            return
        others = [flag for flag in self._standing(rule) if flag.counts_for_rearm]
        if any(abs((trigger.on - flag.on).days) < rule.rearm_days for flag in others):
            self.notes.append("rearm")
            return
        flag = Flag(rule.id, trigger.on, trigger.evidence, state="open")
        self.flags.append(flag)
        if self._paused(rule.id, trigger.on):
            flag.state = "suppressed"
        elif rule.action == "refer" and self._open_referral():
            flag.state, flag.attached_to = "inhibited", self._open_referral()
        else:
            self.messages.append("flag.raised")
            if rule.release == "automatic" and rule.action == "refer":
                self._refer(flag)
        self.notes.append(f"raised {flag.state}")


def rehearse_case(case: dict[str, Any]) -> list[dict[str, Any]]:
    rehearsal = Rehearsal(case)
    return [rehearsal.step(step) for step in case["steps"]]
