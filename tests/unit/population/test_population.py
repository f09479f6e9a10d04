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
from app.absences.policy import Policy, ordinal, periods_from_json, policy_from_json
from app.population.population import population_of
from app.population.prepare import prepare
from app.population.triggers import Triggers, accepted, holds, limit, sweep, triggers
from app.rules import triggers as one
from app.rules.cases import event_from_json, fold_all, rule_from_json
from app.rules.document import Leaf, Window
from tests import oracle
from tests.strategies import cases, conditions, examples, leaf_conditions, plus, policies, rules
from tests.unit.population import made

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
    people = made.people(dice)
    stretches = [
        (absence.first_day, absence.last_day)
        for parts in people[:10]
        for said in parts
        for absence in said.absences
        if absence.first_day and absence.last_day and absence.first_day <= absence.last_day
    ]
    case = {
        "as_of": plus(made.BEGIN, dice.choice((0, 200, 760, 800))).isoformat(),
        "policy": data.draw(policies(stretches or [(made.BEGIN, made.BEGIN)])),
        "rules": [data.draw(rules(f"rule-{n}")) for n in range(6)],
    }
    answers = rules_of(case, people, dice.choice((1, 7, 30, 100)))
    for parts, answer in zip(people, answers, strict=True):
        assert answer == rules_one_by_one(case, parts)


@examples(60)
@given(st.data(), leaf_conditions(), st.lists(st.integers(0, 12), min_size=1))
def test_sweep_is_each_limit_by_itself(data, document, values):
    """Also where not every sick day counts, of several windows at once."""
    leaf = Leaf.model_validate(document)
    windows = {leaf.window, leaf.window and Window(months=2), leaf.window and Window(days=90)}
    leaves = [leaf.model_copy(update={"window": window}) for window in windows]
    people = made.people(random.Random(data.draw(st.integers(0, 1 << 32))))
    policy = policy_from_json(data.draw(policies([(made.BEGIN, plus(made.BEGIN, 90))])))
    named = {f"{n}": parts for n, parts in enumerate(people)}
    prepared = prepare(population_of(named), policy, plus(made.BEGIN, 800).toordinal())
    swept = sweep(prepared, leaves, values)
    for one_leaf, of_each in zip(leaves, swept, strict=True):
        for value, found in zip(values, of_each, strict=True):
            alone = triggers(prepared, one_leaf.model_copy(update={"value": value}))
            assert rows(found) == rows(alone)


@pytest.mark.parametrize("apart", [1, 7_000_000])
def test_accepted_is_each_person_by_itself(apart):
    """Whether places are narrow numbers or wide ones."""
    dice = random.Random(1)
    days = [sorted({dice.randrange(738_000, 738_900) for _ in range(n)}) for n in (1, 40, 7, 90)]
    person = np.concatenate([np.full(len(own), n * apart, np.int32) for n, own in enumerate(days)])
    on = np.concatenate([np.array(own, np.int32) for own in days])
    for rearm in (1, 30, 183, 3700):
        alone = [one.accepted([one.Trigger(day, "crossing") for day in own], rearm) for own in days]
        found = accepted(Triggers(person, on, np.zeros(len(on), np.bool_)), rearm)
        assert found.tolist() == [yes for own in alone for yes in own]


STARTING = ("episodes", "all_episodes", "weekday_starts")


@examples(80)
@given(st.data(), leaf_conditions(STARTING), leaf_conditions(STARTING))
def test_what_rises_with_a_start_alone_agrees_with_one_by_one(data, first, second):
    """Only the days are looked at on which something begins: alone and together."""
    form = data.draw(st.sampled_from(("all", "any")))
    rules = [{"id": "one", "when": first}, {"id": "both", "when": {form: [first, second]}}]
    people = made.people(random.Random(data.draw(st.integers(0, 1 << 32))), 12)
    case = {
        "as_of": plus(made.BEGIN, 800).isoformat(),
        "policy": data.draw(policies([(made.BEGIN, plus(made.BEGIN, 90))])),
        "rules": rules,
    }
    for parts, answer in zip(people, rules_of(case, people, 7), strict=True):
        assert answer == rules_one_by_one(case, parts)


@examples(40)
@given(st.integers(0, 1 << 32), conditions(), st.integers(-10, 900))
def test_since_a_day_is_all_from_that_day(seed, document, back):
    condition = rule_from_json({"id": "rule", "when": document}).when
    named = {f"{n}": parts for n, parts in enumerate(made.people(random.Random(seed)))}
    as_of = plus(made.BEGIN, 800).toordinal()
    prepared = prepare(population_of(named), Policy(), as_of)
    since = triggers(prepared, condition, since=as_of - back)
    assert rows(since) == rows(limit(triggers(prepared, condition), first=as_of - back))


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
