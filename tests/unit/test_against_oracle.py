"""The real implementation held against the independent oracle, on random cases.

The quick run (some 800 cases, always the same) is part of the gate. `HYPOTHESIS_PROFILE=long`
takes new ones, many more.
"""

import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.flags.rehearsal import rehearse_case
from app.rules.cases import evaluate_case
from tests import oracle
from tests.oracle.smaller import smallest
from tests.strategies import cases, examples, live_cases, rehearsed, retold

WORKED = Path(__file__).parents[1] / "cases"


def worked(name: str) -> list[Any]:
    document = json.loads((WORKED / name).read_text(encoding="utf-8"))
    return [pytest.param(case, id=case["id"]) for case in document["cases"]]


def check(case: dict[str, Any], differ: Callable[[dict[str, Any]], bool]) -> None:
    if differ(case):
        small = smallest(case, differ)
        pytest.fail(f"differs on {json.dumps(small)}")


def attempt(call: Callable[[dict[str, Any]], Any], case: dict[str, Any]) -> Any:
    """The answer, or the error in its place: that too is a difference, and can be made small."""
    try:
        return call(case)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("case", worked("semantics.json"))
def test_oracle_agrees_with_worked_case(case):
    assert oracle.evaluate_case(case) == case["expect"]


@pytest.mark.parametrize("case", worked("live.json"))
def test_oracle_agrees_with_worked_sequence(case):
    assert oracle.rehearse_case(case) == case["expect"]


@examples(300)
@given(cases())
def test_evaluation_agrees_with_oracle(case):
    check(case, lambda c: attempt(evaluate_case, c) != oracle.evaluate_case(c))


@examples(250)
@given(rehearsed())
def test_rehearsal_agrees_with_oracle(known):
    if attempt(rehearse_case, known.case) != known.expect:
        check(known.case, lambda c: attempt(rehearse_case, c) != oracle.rehearse_case(c))


@examples(100)
@given(st.data())
def test_arrival_order_and_repetition_have_no_meaning(data):
    case = data.draw(cases())
    told_otherwise = case | {"events": data.draw(retold(case["events"]))}
    assert evaluate_case(told_otherwise) == evaluate_case(case)


@examples(60)
@given(st.data())
def test_arrival_order_within_a_step_has_no_meaning(data):
    case = data.draw(live_cases())
    steps = [
        step | {"events": data.draw(retold(step["events"]))} if "events" in step else step
        for step in case["steps"]
    ]
    assert rehearse_case(case | {"steps": steps}) == rehearse_case(case)


@examples(60)
@given(live_cases())
def test_reconciling_again_on_the_same_day_changes_nothing(case):
    check(case, changes_when_repeated)


def changes_when_repeated(case: dict[str, Any]) -> bool:
    doubled = [again for step in case["steps"] for again in (step, {"today": step["today"]})]
    results = rehearse_case(case | {"steps": doubled})
    unchanged = [{"flags": result["flags"], "messages": []} for result in results[::2]]
    return results[::2] != rehearse_case(case) or results[1::2] != unchanged


@examples(80)
@given(cases(), st.lists(st.integers(0, 400), min_size=1, max_size=4))
def test_judgement_of_a_day_needs_no_later_days(case, days_back):
    as_of = date.fromisoformat(case["as_of"])
    whole = evaluate_case(case)
    for back in days_back:
        earlier = (as_of - timedelta(days=back)).isoformat()
        judged_then = evaluate_case(case | {"as_of": earlier})
        for now, then in zip(whole["rules"], judged_then["rules"], strict=True):
            assert [t for t in now["triggers"] if t["on"] <= earlier] == then["triggers"]
