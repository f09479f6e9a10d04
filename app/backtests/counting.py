"""The answer to a backtest's question, line after line of people. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from app.backtests.asked import Question
from app.backtests.sweep import Grid, Table
from app.backtests.tally import CHANGES, Counted, Flags, Ints, Period, Tally, changes, within
from app.population.prepare import Prepared
from app.population.triggers import Triggers, accepted, limit, sweep, triggers
from app.rules.document import RuleDocument

Shown = dict[str, Any]
_DAY_BITS = 22
_DAY = (1 << _DAY_BITS) - 1
Covers = Callable[[RuleDocument, int, int], bool]
"""Whether a rule is about somebody, by place in the population, on a day."""


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
    number of units where there is none. `covers`: whether a rule is about somebody on a day.
    """

    def __init__(
        self,
        question: Question,
        units: Sequence[str],
        unit_of: Ints,
        covers: Covers = lambda *_: True,
    ) -> None:
        self._question = question
        self._unit_of = unit_of
        self._covers = covers
        self._rules = question.rungs
        self._before = question.before.document.rungs if question.before else ()
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
                self._sweep(self._table, own, self._grid)
            yield done / len(prepared.lines), self._named(found, before, line.offset, line.persons)

    @property
    def _period(self) -> Period:
        return self._question.period

    def _flags(self, prepared: Prepared, rule: RuleDocument, offset: int) -> Flags:
        """The rule's flags in the period; people by place in the line."""
        [found] = self._accepted([triggers(prepared, rule.when)], rule)
        return Flags(found.person - offset, found.on)

    def _accepted(self, found: Sequence[Triggers], rule: RuleDocument) -> list[Flags]:
        """Of each what the rule alone would have flagged in the period (semantics 6)."""
        if rule.validity is not None:
            first, last = (
                day.toordinal() if day else None for day in (rule.validity.from_, rule.validity.to)
            )
            found = [limit(one, first=first, last=last) for one in found]
        if rule.scope is not None:
            found = self._in_scope(found, rule)
        return [self._flagged(one, rule) for one in found]

    def _in_scope(self, found: Sequence[Triggers], rule: RuleDocument) -> list[Triggers]:
        """Of each those that the rule is about; of a person and a day it is asked once."""
        places = [(one.person.astype(np.int64) << _DAY_BITS) + one.on for one in found]
        once = np.unique(np.concatenate(places))
        each = zip((once >> _DAY_BITS).tolist(), (once & _DAY).tolist(), strict=True)
        about = np.array([self._covers(rule, person, on) for person, on in each], np.bool_)
        kept = [about[np.searchsorted(once, place)] for place in places]
        both = zip(found, kept, strict=True)
        return [Triggers._make(column[mask] for column in one) for one, mask in both]

    def _flagged(self, found: Triggers, rule: RuleDocument) -> Flags:
        kept = np.flatnonzero(accepted(found, rule.rearm_days))
        person, on = (column[kept].astype(np.int64) for column in (found.person, found.on))
        return within(Flags(person, on), self._period)

    def _sweep(self, table: Table, prepared: Prepared, grid: Grid) -> None:
        leaves = [grid.leaf.model_copy(update={"window": window}) for window in grid.windows]
        swept = sweep(prepared, leaves, grid.values)
        flags = self._accepted([one for of_window in swept for one in of_window], grid.rule)
        for place in range(len(leaves)):
            table.add(place, flags[place * len(grid.values) :][: len(grid.values)])

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

    def counts(self) -> Shown:
        """All counts."""
        counted = self._tally.to_json(compared=bool(self._before))
        return {**counted, "sweep": self._table.to_json() if self._table else None}


def places(names: Sequence[str], units: Mapping[str, str | None], persons: Sequence[str]) -> Ints:
    """The place of each person's unit among the names; behind them all where there is none."""
    at = {name: place for place, name in enumerate(names)}
    found = (at.get(units.get(person) or "", len(names)) for person in persons)
    return np.fromiter(found, np.int64, len(persons))
