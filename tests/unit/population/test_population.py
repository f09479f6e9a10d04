"""The population engine says of each person what the engine for one employee says, and the oracle."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.absences.days import Part
from app.absences.history import History
from app.absences.policy import ordinal, periods_from_json, policy_from_json
from app.population.population import population_of
from app.population.prepare import prepare
from app.population.triggers import accepted, holds, limit, sweep, triggers
from app.rules import triggers as one
from app.rules.cases import event_from_json, fold_all, rule_from_json
from app.rules.document import Leaf
from tests import oracle
from tests.strategies import cases, examples

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


@examples(200)
@given(cases())
def test_agrees_with_oracle(case):
    [answer] = rules_of(case, [[part(case)]], 1)
    assert answer == oracle.evaluate_case(case)["rules"]


@examples(150)
@given(st.data())
def test_agrees_with_one_by_one(data):
    """Everybody has a history of another case; some have several employments, or none."""
    drawn = data.draw(st.lists(cases(), min_size=2, max_size=6))
    people: list[list[Part]] = []
    for case in drawn:
        if people and data.draw(st.integers(0, 3)) == 0:
            people[-1].append(part(case))
        else:
            people.append([part(case)])
        if data.draw(st.integers(0, 5)) == 0:
            people.append([])
    asked = drawn[0] | {"rules": [rule for case in drawn for rule in case["rules"]]}
    asked["as_of"] = data.draw(st.sampled_from(drawn))["as_of"]
    size = data.draw(st.integers(1, len(people)))
    answers = rules_of(asked, people, size)
    for parts, answer in zip(people, answers, strict=True):
        assert answer == rules_one_by_one(asked, parts)
