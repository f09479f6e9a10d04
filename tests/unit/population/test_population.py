"""The population engine says of each person what the engine for one employee and the oracle say."""

import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.absences.days import Part
from app.absences.fold import Absence
from app.absences.history import History
from app.absences.policy import ordinal, periods_from_json, policy_from_json
from app.population.population import population_of
from app.population.prepare import prepare
from app.population.triggers import Triggers, accepted, holds, limit, sweep, triggers
from app.rules import triggers as one
from app.rules.cases import event_from_json, fold_all, rule_from_json
from app.rules.document import Leaf, Window, leaves
from tests import oracle
from tests.strategies import EXTENTS, KINDS, cases, examples, plus, policies, rules

WORKED = Path(__file__).parents[2] / "cases"


def part(case: dict[str, Any]) -> Part:
    folded = fold_all(event_from_json(event) for event in case["events"])
    return Part(list(folded.values()), periods_from_json(case.get("employment") or []))


def rules_of(case: dict[str, Any], people: list[list[Part]], size: int) -> list[Any]:
    """What the population engine says of each of the case's rules, person by person."""
    population = population_of({str(n): parts for n, parts in enumerate(people)})
    policy = policy_from_json(case.get("policy") or {})
    prepared = prepare(population, policy, ordinal(case["as_of"]), on_a_line=size)
    answers: list[list[Any]] = [[] for _ in people]
    for document in case["rules"]:
        rule = rule_from_json(document)
        found = triggers(prepared, rule.when)
        taken = accepted(found, rule.rearm_days)
        said = holds(prepared, rule.when)
        for person in range(len(people)):
            rows = np.flatnonzero(found.person == person)
            answers[person].append(
                {
                    "rule": rule.id,
                    "holds": bool(said[person]),
                    "triggers": [
                        {
                            "on": date.fromordinal(int(found.on[row])).isoformat(),
                            "kind": "renewal" if found.renewal[row] else "crossing",
                            "accepted": bool(taken[row]),
                        }
                        for row in rows
                    ],
                }
            )
    return answers


def rules_one_by_one(case: dict[str, Any], parts: list[Part]) -> list[Any]:
    policy = policy_from_json(case.get("policy") or {})
    history = History.of_all(parts, policy, as_of=ordinal(case["as_of"]))
    answers = []
    for document in case["rules"]:
        rule = rule_from_json(document)
        found = one.triggers(history, rule.when, with_evidence=False)
        answers.append(
            {
                "rule": rule.id,
                "holds": one.holds(history, rule.when, history.as_of),
                "triggers": [
                    {"on": date.fromordinal(t.on).isoformat(), "kind": t.kind, "accepted": yes}
                    for t, yes in zip(found, one.accepted(found, rule.rearm_days), strict=True)
                ],
            }
        )
    return answers


def worked() -> list[Any]:
    document = json.loads((WORKED / "semantics.json").read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["id"]) for case in document["cases"]]


@pytest.mark.parametrize("case", worked())
def test_agrees_with_worked_case(case):
    [answer] = rules_of(case, [[part(case)]], 1)
    assert answer == case["expect"]["rules"]


@examples(60)
@given(cases())
def test_agrees_with_oracle(case):
    [answer] = rules_of(case, [[part(case)]], 1)
    assert answer == oracle.evaluate_case(case)["rules"]


@examples(60)
@given(st.data())
def test_agrees_with_one_by_one(data):
    """Many people of all sorts, some with several employments, some with none."""
    dice = random.Random(data.draw(st.integers(0, 1 << 32)))
    people = [[made_up_part(dice) for _ in range(dice.choice(SEVERAL))] for _ in range(30)]
    stretches = [
        (absence.first_day, absence.last_day)
        for parts in people[:10]
        for said in parts
        for absence in said.absences
        if absence.first_day and absence.last_day and absence.first_day <= absence.last_day
    ]
    case = {
        "as_of": plus(BEGIN, dice.choice((0, 200, 760, 800))).isoformat(),
        "policy": data.draw(policies(stretches or [(BEGIN, BEGIN)])),
        "rules": [data.draw(rules(f"rule-{n}")) for n in range(6)],
    }
    answers = rules_of(case, people, dice.choice((1, 7, 30, 100)))
    for parts, answer in zip(people, answers, strict=True):
        assert answer == rules_one_by_one(case, parts)


BEGIN = date(2023, 12, 1)
SEVERAL = (0, 1, 1, 1, 1, 1, 1, 2, 3)


def made_up_part(dice: random.Random) -> Part:
    """An employment: often short absences, some that overlap, go on, or are of another kind."""
    absences = []
    for _ in range(dice.choice((0, 1, 2, 4, 8, 16, 30))):
        first = plus(BEGIN, dice.randrange(760))
        last = plus(first, dice.choice((-1, 0, 0, 0, 1, 2, 4, 6, 10, 14, 20, 60)))
        changes = [(plus(first, dice.randint(-2, 8)), dice.choice(EXTENTS)) for _ in range(2)]
        absences.append(
            Absence(
                first_day=None if dice.random() < 0.03 else first,
                last_day=None if dice.random() < 0.02 else last,
                kind="sickness" if dice.random() < 0.9 else dice.choice(KINDS),
                extent=100 if dice.random() < 0.8 else dice.choice(EXTENTS),
                extents=tuple(sorted(changes)) if dice.random() < 0.1 else (),
                cancelled=dice.random() < 0.05,
            )
        )
    return Part(absences, tuple(made_up_period(dice) for _ in range(dice.choice((0, 0, 0, 1, 2)))))


def made_up_period(dice: random.Random) -> tuple[int, int | None]:
    first = BEGIN.toordinal() + dice.randint(-400, 700)
    return first, None if dice.random() < 0.5 else first + dice.randint(-3, 500)


@examples(25)
@given(cases(), st.lists(st.integers(0, 12), min_size=1, max_size=4))
def test_sweep_is_each_limit_by_itself(case, values):
    population = population_of({"one": [part(case)], "nobody": [], "other": [part(case)]})
    policy = policy_from_json(case.get("policy") or {})
    prepared = prepare(population, policy, ordinal(case["as_of"]))
    for leaf in [leaf for rule in case["rules"] for leaf in leaves(rule_from_json(rule).when)]:
        for value, found in zip(values, sweep(prepared, leaf, values), strict=True):
            alone = triggers(prepared, leaf.model_copy(update={"value": value}))
            assert rows(found) == rows(alone)


def rows(found: Triggers) -> list[tuple[int, int, bool]]:
    return [*zip(*(column.tolist() for column in found), strict=True)]


def test_limit_keeps_persons_and_days():
    found = Triggers(np.array([0, 0, 1]), np.array([5, 9, 5]), np.array([False, True, False]))
    assert rows(limit(found, persons=np.array([True, False]))) == [(0, 5, False), (0, 9, True)]
    assert rows(limit(found, first=6)) == [(0, 9, True)]
    assert rows(limit(found, last=5)) == [(0, 5, False), (1, 5, False)]


def test_nobody_has_no_triggers():
    prepared = prepare(population_of({}), policy_from_json({}), 730_000)
    leaf = Leaf(measure="ongoing_days", op="at_least", value=1)
    assert rows(triggers(prepared, leaf)) == []
    assert holds(prepared, leaf).tolist() == []


def test_all_extents_add_up_and_employments_limit_their_own():
    """Two half-time employments, the first of them over on the third day."""
    half = Absence(date(2026, 3, 2), date(2026, 3, 6), extent=50)
    parts = [Part([half], ((1, ordinal("2026-03-04")),)), Part([half], ())]
    policy = policy_from_json({"min_extent": 100})
    prepared = prepare(population_of({"one": parts}), policy, ordinal("2026-03-31"))
    leaf = Leaf(measure="sick_days", window=Window(days=31), op="at_least", value=3)
    assert holds(prepared, leaf).tolist() == [True]
    assert holds(prepared, leaf.model_copy(update={"value": 4})).tolist() == [False]
