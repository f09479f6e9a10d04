"""Sweeps: one rule with other limits and windows, side by side. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.backtests.tally import Flags
from app.rules.document import LadderDocument, Leaf, RuleDocument, Window

STEPS = 10
"""Limits in a sweep for which none are named, the rule's own among them."""
_WINDOWS = (Window(months=3), Window(months=6), Window(months=9), Window(months=12))
WINDOWS = (*_WINDOWS, Window(months=18), Window(months=24))
Shown = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Grid:
    """What is swept: the rule's one comparison, with each of the limits in each of the windows."""

    rule: RuleDocument
    leaf: Leaf
    values: tuple[int, ...]
    windows: tuple[Window, ...]


def swept_leaf(document: RuleDocument | LadderDocument) -> Leaf | None:
    """The one comparison over a window of a rule that can be swept; None of any other."""
    when = document.when if isinstance(document, RuleDocument) else None
    return when if isinstance(when, Leaf) and when.window is not None else None


def limits_around(value: int) -> tuple[int, ...]:
    """The limits swept where none are named: ten, the rule's own the fifth where that many fit.

    One apart where limits are small, a tenth of the rule's own where they are large.
    """
    step = max(1, value // STEPS)
    first = max(1, value - (STEPS // 2 - 1) * step)
    return tuple(range(first, first + STEPS * step, step))


class Table:
    """Flags and people for each limit and window; grows as people are added."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        shape = (len(grid.windows), len(grid.values))
        self._flags = np.zeros(shape, dtype=np.int64)
        self._persons = np.zeros(shape, dtype=np.int64)

    def add(self, window: int, found: Sequence[Flags]) -> None:
        """Count some more people in one window; `found`: for each limit, ordered by person."""
        for place, flags in enumerate(found):
            self._flags[window, place] += len(flags.on)
            self._persons[window, place] += np.count_nonzero(np.diff(flags.person, prepend=-1))

    def to_json(self) -> Shown:
        """A row for each window, a column for each limit."""
        leaf = self._grid.leaf
        return {
            "rule": self._grid.rule.id,
            "measure": leaf.measure,
            "op": leaf.op,
            "values": list(self._grid.values),
            "windows": [window.model_dump(mode="json") for window in self._grid.windows],
            "flags": self._flags.tolist(),
            "persons": self._persons.tolist(),
        }
