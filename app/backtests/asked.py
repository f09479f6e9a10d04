"""The question of a backtest, as it is stored: every rule as a document, whatever it was named by.

Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from app.absences.policy import ordinal
from app.backtests.sweep import Grid
from app.backtests.tally import Period
from app.rules.document import DOCUMENT, LadderDocument, Leaf, RuleDocument, Window

Shown = dict[str, Any]


@dataclass(frozen=True, slots=True)
class AskedRule:
    """A rule asked about. Of a stored version also which; of a document at hand it is not known."""

    document: RuleDocument | LadderDocument
    rule_id: str | None = None
    version: int | None = None

    def to_json(self) -> Shown:
        """As it is stored; the hash is for whoever reads it."""
        return {
            "rule_id": self.rule_id,
            "version": self.version,
            "content_hash": self.document.content_hash(),
            "document": self.document.to_json(),
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """The reverse."""
        document = DOCUMENT.validate_python(stored["document"])
        return cls(document, stored["rule_id"], stored["version"])


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the history. `before`: the version that the one rule is compared with.

    `sweep`: limits and windows to try in place of those of the first rule.
    """

    rules: tuple[AskedRule, ...]
    period: Period
    before: AskedRule | None = None
    sweep: tuple[tuple[int, ...], tuple[Window, ...]] | None = None

    def to_json(self) -> Shown:
        """As it is stored."""
        values, windows = self.sweep or ((), ())
        swept = {"values": list(values), "windows": [w.model_dump(mode="json") for w in windows]}
        return {
            "rules": [rule.to_json() for rule in self.rules],
            "period": list(self.period),
            "before": self.before.to_json() if self.before else None,
            "sweep": swept if self.sweep else None,
        }

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """The reverse."""
        swept, before = stored["sweep"], stored["before"]
        return cls(
            tuple(AskedRule.of(rule) for rule in stored["rules"]),
            Period(*stored["period"]),
            AskedRule.of(before) if before else None,
            (tuple(swept["values"]), _windows(swept["windows"])) if swept else None,
        )

    @property
    def days(self) -> tuple[date, date]:
        """The period as dates."""
        return date.fromordinal(self.period.first), date.fromordinal(self.period.last)

    @property
    def narrowed(self) -> bool:
        """Whether a rule asked about, or the one compared with, is for some people alone."""
        asked = (*self.rules, self.before) if self.before else self.rules
        return any(rule.document.scope is not None for rule in asked)

    @property
    def grid(self) -> Grid | None:
        """What is swept, if anything."""
        if self.sweep is None:
            return None
        rule = self.rungs[0]
        assert isinstance(rule.when, Leaf)  # noqa: S101 - asked for only of single comparisons
        return Grid(rule, rule.when, *self.sweep)

    @property
    def rungs(self) -> list[RuleDocument]:
        """What is judged: every rung of every rule."""
        return [rung for rule in self.rules for rung in rule.document.rungs]


def _windows(documents: Sequence[Mapping[str, int]]) -> tuple[Window, ...]:
    return tuple(Window.model_validate(document) for document in documents)


def period_of(first: Any, last: Any) -> Period:
    """Days, or their ISO forms, as a period."""
    return Period(ordinal(first), ordinal(last))
