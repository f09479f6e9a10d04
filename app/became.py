"""What became of triggers: the flag that stands for each, or the reason why there is none.

Every decision not to act is to be seen, with its reason code and in words.
"""

from dataclasses import dataclass
from typing import Any, Self

from app.casebook import Case, Tenant, judge
from app.flags.picture import Flag
from app.flags.reasons import reason_in_words
from app.rules.trace import LANGUAGES

_QUIET = frozenset({"suppressed", "inhibited"})
"""States of a flag that is there and does nothing by itself."""


@dataclass(frozen=True, slots=True)
class Became:
    """By rule and day, as things are today: flags, and reasons for there being none."""

    today: int
    employed: bool
    flags: dict[tuple[str, int], Flag]
    reasons: dict[tuple[str, int], str]

    @classmethod
    def of(cls, case: Case, tenant: Tenant) -> Self:
        """What reconciliation would do now, changing nothing."""
        outcome = judge(case, tenant, historical=True)
        stored = {flag.id: flag for flag in case.picture.flags}
        standing = {
            (flag.rule, flag.on): flag for flag in stored.values() if flag.state != "withdrawn"
        }
        answered = {(rule, on): stored[flag_id] for rule, on, flag_id in outcome.answered}
        return cls(
            today=tenant.today.toordinal(),
            employed=case.employed(tenant.today.toordinal()),
            flags=standing | answered,
            reasons={(rule, on): reason for rule, on, reason in outcome.unflagged},
        )

    def of_trigger(self, rule: str, on: int) -> dict[str, Any]:
        """The flag for a trigger with its state, and the reason where nothing comes of it."""
        flag = self.flags.get((rule, on))
        if flag is not None:
            code = flag.reason if flag.state in _QUIET else None
        else:
            code = self.reasons.get((rule, on)) or self._reason(on)
        words = {one: reason_in_words(code, one) for one in LANGUAGES} if code else None
        return {
            "flag_id": flag.id if flag else None,
            "flag_state": flag.state if flag else None,
            "reason": code,
            "words": words,
        }

    def _reason(self, on: int) -> str:
        """Why reconciliation has nothing to say of a trigger: it is not asked for, or not yet."""
        if on > self.today:
            return "to_come"
        return "pending" if self.employed else "employment_over"
