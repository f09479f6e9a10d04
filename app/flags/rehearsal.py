"""Rehearsal: a worked sequence of days run through rules and reconciliation, without a database.

The form is that of `tests/cases/live.json`: one employee, one or several rules, and at each step
what people did, what was reported and what was then asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from app.absences.history import History
from app.absences.policy import Period, employed_on, ordinal, periods_from_json, policy_from_json
from app.flags import decide
from app.flags.picture import Flag, Message, Outcome, Pause, Picture, Watch
from app.flags.reconcile import reconcile
from app.flags.watch import triggers_that_matter
from app.intake.event import Event
from app.rules.cases import event_from_json, fold_all, rule_from_json
from app.rules.document import RuleDocument
from app.rules.triggers import Trigger


def rehearse_case(case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What stands after each step, and the messages of that step, sorted."""
    rehearsal = _Rehearsal(case)
    return [rehearsal.step(step) for step in case["steps"]]


class _Rehearsal:
    def __init__(self, case: Mapping[str, Any]) -> None:
        self.several = "rules" in case
        self.rules: dict[str, tuple[RuleDocument, bool, int]] = {}
        for rule in case.get("rules") or [case["rule"]]:
            settings = dict(case) | dict(rule)
            document = rule_from_json(
                {k: v for k, v in rule.items() if k not in ("release", "live_from")}
            )
            automatic = settings["release"] == "automatic"
            self.rules[document.id] = (document, automatic, ordinal(settings["live_from"]))
        self.policy = policy_from_json(case.get("policy", {}))
        self.events: list[Event] = []
        self.picture = Picture()
        self.pauses: dict[str, tuple[Pause, ...]] = {"exemptions": (), "silences": ()}
        self.employment: tuple[Period, ...] = ()
        self.silent_through: int | None = None

    def step(self, step: Mapping[str, Any]) -> dict[str, Any]:
        told = [message for decision in step.get("do", ()) for message in self._do(decision)]
        self._take_in(step)
        outcome = self._reconcile(ordinal(step["today"]))
        self._keep(outcome)
        told += outcome.messages
        return {
            "flags": [self._shown(flag) for flag in self.picture.flags],
            "messages": sorted(message.type for message in told),
        }

    def _take_in(self, step: Mapping[str, Any]) -> None:
        self.pauses |= {name: _pauses(step[name]) for name in self.pauses if name in step}
        if "employment" in step:
            self.employment = periods_from_json(step["employment"])
        self.events += [event_from_json(event) for event in step.get("events", ())]
        if "history_through" in step:
            self.silent_through = max(self.silent_through or 0, ordinal(step["history_through"]))

    def _reconcile(self, today: int) -> Outcome:
        absences = fold_all(self.events).values()
        history = History(absences, self.policy, self.employment, as_of=today)

        def asked(rule: RuleDocument, live_from: int) -> tuple[Trigger, ...]:
            picture, silent = self.picture, self.silent_through
            return tuple(triggers_that_matter(history, rule, 1, live_from, picture, silent))

        return reconcile(
            self.picture,
            [
                Watch(
                    rule=rule.id,
                    version=1,
                    active=True,
                    action=rule.action,
                    automatic=automatic,
                    rearm_days=rule.rearm_days,
                    max_age_days=rule.max_age_days,
                    live_from=live_from,
                    triggers=asked(rule, live_from),
                )
                for rule, automatic, live_from in self.rules.values()
            ],
            [*self.pauses["exemptions"], *self.pauses["silences"]],
            today=today,
            employed=employed_on(self.employment, today),
            silent_through=self.silent_through,
        )

    def _do(self, decision: Mapping[str, str]) -> tuple[Message, ...]:
        """A person's decision about the flag that now stands on the named day."""
        verb = next(v for v in ("release", "dismiss", "handle", "referral") if v in decision)
        flag = self._standing_on(ordinal(decision[verb]), decision.get("rule"))
        if verb == "referral":
            return self._set_referral(flag, decision["to"])
        action = self.rules[flag.rule][0].action
        made: dict[str, Callable[[], Outcome | None]] = {
            "release": lambda: decide.release(self.picture, flag.id, action),
            "dismiss": lambda: decide.dismiss(self.picture, flag.id, "no_need"),
            "handle": lambda: decide.handle(self.picture, flag.id, action, "talk_held"),
        }
        outcome = made[verb]()
        if outcome is None:
            return ()
        self._keep(outcome)
        return outcome.messages

    def _standing_on(self, day: int, rule: str | None) -> Flag:
        on_day = [f for f in self.picture.flags if f.on == day and rule in (None, f.rule)]
        return min(on_day, key=lambda f: (f.state == "withdrawn", f.referral is None))

    def _set_referral(self, flag: Flag, state: str) -> tuple[Message, ...]:
        referrals = tuple(
            replace(r, state=state) if r.id == flag.referral else r for r in self.picture.referrals
        )
        self.picture = replace(self.picture, referrals=referrals)
        return ()

    def _keep(self, outcome: Outcome) -> None:
        self.picture = outcome.picture

    def _shown(self, flag: Flag) -> dict[str, Any]:
        carried = None if flag.state == "inhibited" else self.picture.referral(flag.referral)
        shown = {
            "on": date.fromordinal(flag.on).isoformat(),
            "state": flag.state,
            "referral": carried.state if carried else None,
        }
        return ({"rule": flag.rule} if self.several else {}) | shown


def _pauses(documents: Sequence[Mapping[str, Any]]) -> tuple[Pause, ...]:
    """The whole list as it now is; a silence may name its rule."""
    return tuple(
        Pause(first, last, document["reason"], document.get("rule"))
        for document, (first, last) in zip(documents, periods_from_json(documents), strict=True)
    )
