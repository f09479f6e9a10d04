"""DuckDB computes three rules from SQL written by hand: as many triggers, on the same days."""

import random
from datetime import timedelta

import duckdb
import numpy as np
import pytest

from app.absences.holidays import swedish_holidays
from app.absences.policy import Policy
from app.intake.event import KINDS
from app.population.population import population_of
from app.population.prepare import prepare
from app.population.triggers import triggers
from app.rules.document import Leaf, Window
from tests import duck
from tests.unit.population import made

RULES = {
    "6 in 12 months": Leaf(measure="episodes", window=Window(months=12), op="at_least", value=6),
    "3 in 183 days": Leaf(measure="episodes", window=Window(days=183), op="at_least", value=3),
    "bradford 200": Leaf(measure="bradford", window=Window(weeks=52), op="at_least", value=200),
}


@pytest.mark.parametrize("seed", range(6))
def test_agrees_with_sql_written_by_hand(seed):
    dice = random.Random(seed)
    as_of = (made.BEGIN + timedelta(days=dice.choice((400, 800)))).toordinal()
    alone = {f"{n}": [made.part(dice)._replace(employment=())] for n in range(400)}
    population = population_of(alone)
    policy = Policy(holidays=swedish_holidays())
    said = (population.kind == KINDS.index("sickness")) & (population.first <= as_of)
    with duckdb.connect() as conn:
        duck.load(
            conn,
            population.employment[said],
            population.first[said],
            np.minimum(population.last[said], as_of),
            policy.holidays,
        )
        expected = duck.three_rules(conn)
    prepared = prepare(population, policy, as_of)
    found = []
    for name, rule in RULES.items():
        asked = triggers(prepared, rule)
        for renewal in (False, True):
            days = asked.on[asked.renewal == renewal]
            found.append((name, renewal, len(days), int(days.sum())))
    assert found == expected
    assert all(number > 10 for _, _, number, _ in found)
