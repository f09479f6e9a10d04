"""A rule's own tests, run: which of them pass, and where the others differ. Pure.

They are judged as the worked cases are, with nothing but what stands in the document.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from app.absences.history import History
from app.absences.policy import periods_from_json, policy_from_json
from app.intake.event import Event, make_event
from app.rules.cases import fold_all
from app.rules.document import LadderDocument, RuleDocument, leaves
from app.rules.trial import Expected, Trial
from app.rules.triggers import Trigger, accepted, triggers_of

MAX_WORK = 100_000
"""Comparisons that all tests of a document may take together: a fifth of a second at most."""
_TOLD_FROM = datetime(2000, 1, 1, tzinfo=UTC)
_SEARCHING = frozenset({"short_days", "weekday_starts"})
"""Measures that look through the episodes of their window."""

Problem = Literal["missing", "unexpected", "kind_differs", "acceptance_differs"]


@dataclass(frozen=True, slots=True)
class Difference:
    """A trigger that is not as expected: did not come, came unasked, or is of another kind."""

    rung: int
    on: date
    problem: Problem


@dataclass(frozen=True, slots=True)
class Proof:
    """How one test went. `place`: in the list of tests, from 0."""

    place: int
    name: str | None
    differences: tuple[Difference, ...]

    @property
    def passed(self) -> bool:
        """Whether everything was as expected."""
        return not self.differences


class TooMuchWork(Exception):
    """The tests take more than they may; `place` is the one that was too much."""

    def __init__(self, place: int) -> None:
        super().__init__("too much work")
        self.place = place


def prove(document: RuleDocument | LadderDocument) -> list[Proof]:
    """Run every test of a document; raises TooMuchWork before the first one is run."""
    return [
        Proof(place, trial.name, tuple(_differences(document, trial, history)))
        for place, (trial, history) in enumerate(list(_within_bounds(document)))
    ]


def _within_bounds(document: RuleDocument | LadderDocument) -> Iterator[tuple[Trial, History]]:
    """The tests with their histories; raises TooMuchWork."""
    work = 0
    for place, trial in enumerate(document.tests or ()):
        history = _history(trial)
        work += sum(_work(rung, history) for rung in document.rungs)
        if work > MAX_WORK:
            raise TooMuchWork(place)
        yield trial, history


def _history(trial: Trial) -> History:
    policy = trial.policy.model_dump(mode="json") if trial.policy else {}
    employment = [period.model_dump(mode="json") for period in trial.employment or ()]
    return History(
        fold_all(_events(trial)).values(),
        policy_from_json(policy),
        periods_from_json(employment),
        as_of=trial.as_of.toordinal(),
    )


def _events(trial: Trial) -> Iterator[Event]:
    for place, said in enumerate(trial.events):
        fields: dict[str, Any] = {
            "id": f"e{place:03}",
            "source": "test",
            "employee": "1",
            "occurred_at": _TOLD_FROM + timedelta(minutes=place),
        }
        named = {name: getattr(said, name) for name in said.model_fields_set}
        always = ("id", "source", "employee", "occurred_at")
        yield make_event(
            fields | {n: v for n, v in named.items() if n not in always or v is not None}
        )


def _work(rule: RuleDocument, history: History) -> int:
    """About how many comparisons it takes to judge the history."""
    episodes = len(history.episodes.firsts)
    each = sum(episodes if leaf.measure in _SEARCHING else 1 for leaf in leaves(rule.when))
    return len(history.sick) * each


def _differences(
    document: RuleDocument | LadderDocument, trial: Trial, history: History
) -> Iterator[Difference]:
    for number, rung in enumerate(document.rungs, 1):
        found = triggers_of(history, rung, with_evidence=False)
        expected = [one for one in trial.triggers if (one.rung or 1) == number]
        yield from _compared(number, found, accepted(found, rung.rearm_days), expected)
    beyond = [one for one in trial.triggers if (one.rung or 1) > len(document.rungs)]
    yield from (Difference(one.rung or 1, one.on, "missing") for one in beyond)


def _compared(
    rung: int, found: Sequence[Trigger], taken: Sequence[bool], expected: Sequence[Expected]
) -> Iterator[Difference]:
    came = {date.fromordinal(t.on): (t.kind, yes) for t, yes in zip(found, taken, strict=True)}
    asked = {one.on: one for one in expected}
    for on in sorted(came.keys() | asked.keys()):
        if on not in came:
            yield Difference(rung, on, "missing")
        elif on not in asked:
            yield Difference(rung, on, "unexpected")
        elif asked[on].kind not in (None, came[on][0]):
            yield Difference(rung, on, "kind_differs")
        elif asked[on].accepted not in (None, came[on][1]):
            yield Difference(rung, on, "acceptance_differs")
