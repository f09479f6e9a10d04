"""The answer to a backtest's question, line after line of people. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.backtests.asked import Question
from app.backtests.sweep import Grid, Table
from app.backtests.tally import CHANGES, Counted, Flags, Ints, Period, Tally, changes, within
from app.population.prepare import Prepared
from app.population.triggers import Triggers, accepted, sweep, triggers
from app.rules.document import RuleDocument

Shown = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Named:
    """Somebody whom a rule would have flagged: by place in the population, with the day."""

    person: int
    rule: str
    on: int
    change: str | None


class Counting:
    """What the rules of a question say of everybody, counted some people at a time.

    `units`: the names of all units; `unit_of`: the place of each person's unit among them, the
    number of units where there is none.
    """

    def __init__(self, question: Question, units: Sequence[str], unit_of: Ints) -> None:
        self._question = question
        self._unit_of = unit_of
        self._rules = [rule.document for rule in question.rules]
        self._before = [question.before.document] if question.before else []
        counted = [Counted(rule.id, rule.action == "refer") for rule in self._rules]
        self._tally = Tally(counted, question.period, units)
        self._grid = question.grid
        self._table = Table(self._grid) if self._grid else None

    def lines(self, prepared: Prepared) -> Iterator[tuple[float, Iterator[Named]]]:
        """Count line after line; how far it has come, and whom the line names."""
        for done, line in enumerate(prepared.lines, 1):
            own = replace(prepared, lines=(line,))
            found = [self._flags(own, rule, line.offset) for rule in self._rules]
            before = [self._flags(own, rule, line.offset) for rule in self._before]
            unit = self._unit_of[line.offset : line.offset + line.persons]
            self._tally.add(unit, found, before if self._before else None)
            if self._grid and self._table:
                _swept(self._table, own, self._grid, self._rules[0].rearm_days, self._period)
            yield done / len(prepared.lines), self._named(found, before, line.offset, line.persons)

    @property
    def _period(self) -> Period:
        return self._question.period

    def _flags(self, prepared: Prepared, rule: RuleDocument, offset: int) -> Flags:
        """The rule's flags in the period; people by place in the line."""
        found = flags(triggers(prepared, rule.when), rule.rearm_days, self._period)
        return Flags(found.person - offset, found.on)

    def _named(
        self, found: Sequence[Flags], before: Sequence[Flags], offset: int, persons: int
    ) -> Iterator[Named]:
        """Each flag of each rule, and of the version compared with those that nothing answers."""
        compared = changes(found, before, persons) if self._before else None

        def name(rule: RuleDocument, own: Flags, only: int | None = None) -> Iterator[Named]:
            for person, on in zip(own.person.tolist(), own.on.tolist(), strict=True):
                change = None if compared is None else int(compared[person])
                if only is None or change == only:
                    told = None if change is None else CHANGES[change]
                    yield Named(person + offset, rule.id, on, told)

        for rule, own in zip(self._rules, found, strict=True):
            yield from name(rule, own)
        for rule, own in zip(self._before, before, strict=True):
            yield from name(rule, own, CHANGES.index("no_longer"))

    def result(self) -> Shown:
        """All counts."""
        counted = self._tally.to_json(compared=bool(self._before))
        return {**counted, "sweep": self._table.to_json() if self._table else None}


def flags(found: Triggers, rearm_days: int, period: Period) -> Flags:
    """What a rule alone would have flagged in the period: its accepted triggers (semantics 6)."""
    kept = accepted(found, rearm_days)
    person, on = (column[kept].astype(np.int64) for column in (found.person, found.on))
    return within(Flags(person, on), period)


def _swept(table: Table, prepared: Prepared, grid: Grid, rearm_days: int, period: Period) -> None:
    for place, window in enumerate(grid.windows):
        leaf = grid.leaf.model_copy(update={"window": window})
        found = sweep(prepared, leaf, grid.values)
        table.add(place, [flags(one, rearm_days, period) for one in found])


def places(names: Sequence[str], units: Mapping[str, str | None], persons: Sequence[str]) -> Ints:
    """The place of each person's unit among the names; behind them all where there is none."""
    at = {name: place for place, name in enumerate(names)}
    found = (at.get(units.get(person) or "", len(names)) for person in persons)
    return np.fromiter(found, np.int64, len(persons))
