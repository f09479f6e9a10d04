"""A backtest of ten limits and six windows against the backtest of one rule.

Both begin with the columns as they were read: preparing them is done once for all sixty.
"""

from dataclasses import replace

import numpy as np

from app.population.population import Population
from app.population.prepare import prepare
from app.population.triggers import accepted, sweep, triggers
from app.rules.document import Leaf, Window
from benchmarks.employed import AS_OF, population
from benchmarks.measure import Result, side_by_side
from benchmarks.rules_columns import POLICY

ROUNDS = 5
LIMITS = range(3, 13)
WINDOWS = [Window(months=months) for months in (3, 6, 9, 12, 18, 24)]


def run(full: bool) -> list[Result]:
    """How many single evaluations the sweep costs."""
    people = population(1_000_000 if full else 100_000)
    single, whole = side_by_side(lambda: _one(people), lambda: _sixty(people), ROUNDS)
    details = {
        "persons": len(people.persons),
        "single_wall_s": round(single.wall, 3),
        "single_cpu_s": round(single.cpu, 3),
        "sweep_wall_s": round(whole.wall, 3),
        "sweep_cpu_s": round(whole.cpu, 3),
    }
    name = "sweep of 10 limits and 6 windows, in single evaluations (CPU)"
    return [Result(name, whole.cpu / single.cpu, 5.0, "lower", details)]


def _rule(window: Window) -> Leaf:
    return Leaf(measure="episodes", window=window, op="at_least", value=6)


def _one(people: Population) -> int:
    prepared = prepare(people, POLICY, AS_OF)
    found = triggers(prepared, _rule(Window(months=12)))
    return int(np.count_nonzero(accepted(found, 183)))


def _sixty(people: Population) -> list[int]:
    """Line after line, as a backtest works."""
    leaves = [_rule(window) for window in WINDOWS]
    prepared = prepare(people, POLICY, AS_OF)
    cells = np.zeros((len(leaves), len(LIMITS)), np.int64)
    for line in prepared.lines:
        own = replace(prepared, lines=(line,))
        cells += [
            [np.count_nonzero(accepted(found, 183)) for found in of_window]
            for of_window in sweep(own, leaves, LIMITS)
        ]
    return cells.ravel().tolist()
