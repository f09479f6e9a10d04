"""The counts of a backtest, held against each person judged alone."""

from collections import Counter
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.absences.days import Part
from app.absences.fold import Absence
from app.absences.history import History
from app.absences.policy import Policy
from app.backtests.asked import AskedRule, Question
from app.backtests.counting import Counting
from app.backtests.sweep import WINDOWS
from app.backtests.tally import Period
from app.population.population import population_of
from app.population.prepare import prepare
from app.rules.document import Leaf, RuleDocument, Window
from app.rules.scope import Scope
from app.rules.triggers import accepted, triggers
from tests.strategies import examples

BEGIN = date(2024, 1, 1)
PERIOD = Period(date(2024, 7, 1).toordinal(), date(2025, 6, 30).toordinal())
LEAF = Leaf(measure="episodes", window=Window(months=6), op="at_least", value=3)
RULE = RuleDocument(id="third", when=LEAF, action="refer", rearm_days=60)
BEFORE = RULE.model_copy(update={"when": LEAF.model_copy(update={"value": 4})})

absences = st.builds(
    lambda start, length: Absence(
        first_day=BEGIN + timedelta(days=start),
        last_day=BEGIN + timedelta(days=start + length),
    ),
    st.integers(0, 560),
    st.sampled_from((0, 0, 0, 1, 3, 20)),
)
people = st.lists(st.lists(absences, max_size=14), min_size=1, max_size=5)


def flagged(
    own: list[Absence], rule: RuleDocument, covers: Callable[[int], bool] = lambda _: True
) -> list[int]:
    """The days that the engine for one employee accepts in the period."""
    history = History(own, Policy(), (), as_of=PERIOD.last)
    found = [t for t in triggers(history, rule.when) if covers(t.on)]
    days = [t.on for t, yes in zip(found, accepted(found, rule.rearm_days), strict=True) if yes]
    return [day for day in days if PERIOD.first <= day <= PERIOD.last]


@examples(60)
@given(people, st.integers(1, 3))
def test_counts_equal_those_of_everybody_judged_alone(
    histories: list[list[Absence]], on_a_line: int
) -> None:
    question = Question(
        (AskedRule(RULE),), PERIOD, AskedRule(BEFORE), ((2, 3, 5), (WINDOWS[0], WINDOWS[1]))
    )
    population = population_of({str(n): [Part(own, ())] for n, own in enumerate(histories)})
    prepared = prepare(population, Policy(), PERIOD.last, on_a_line=on_a_line)
    counting = Counting(question, ["A"], np.zeros(len(histories), np.int64))
    named = [one for _, line in counting.lines(prepared) for one in line]
    result = counting.counts()

    now, then = ([flagged(own, rule) for own in histories] for rule in (RULE, BEFORE))
    [rule] = result["rules"]
    assert rule["flags"] == sum(map(len, now))
    assert rule["persons"] == sum(map(bool, now))
    assert result["change"] == {
        "newly_flagged": sum(bool(a) and not b for a, b in zip(now, then, strict=True)),
        "no_longer": sum(bool(b) and not a for a, b in zip(now, then, strict=True)),
        "unchanged": sum(bool(a) and bool(b) for a, b in zip(now, then, strict=True)),
    }
    kept = Counter((one.person, one.on) for one in named if one.change != "no_longer")
    assert kept == Counter((person, on) for person, days in enumerate(now) for on in days)
    for window, row in zip(WINDOWS[:2], result["sweep"]["flags"], strict=True):
        for value, flags in zip((2, 3, 5), row, strict=True):
            leaf = LEAF.model_copy(update={"window": window, "value": value})
            alone = RULE.model_copy(update={"when": leaf})
            assert flags == sum(len(flagged(own, alone)) for own in histories)


@examples(30)
@given(people, st.integers(2, 5))
def test_sweep_asks_whom_the_rule_is_about(histories: list[list[Absence]], every: int) -> None:
    """The scope is a matter of person and day, the same in every cell."""
    rule = RULE.model_copy(update={"scope": Scope(units=["A"])})
    question = Question((AskedRule(rule),), PERIOD, None, ((2, 3, 5), (WINDOWS[0], WINDOWS[1])))
    population = population_of({str(n): [Part(own, ())] for n, own in enumerate(histories)})
    prepared = prepare(population, Policy(), PERIOD.last, on_a_line=2)
    asked = Counter[tuple[int, int]]()

    def covers(_: RuleDocument, person: int, on: int) -> bool:
        asked[person, on] += 1
        return bool((person + on) % every)

    counting = Counting(question, ["A"], np.zeros(len(histories), np.int64), covers)
    for _ in counting.lines(prepared):
        pass
    # Once for the rule and once for all that is swept.
    assert max(asked.values(), default=0) <= 2
    for window, row in zip(WINDOWS[:2], counting.counts()["sweep"]["flags"], strict=True):
        for value, flags in zip((2, 3, 5), row, strict=True):
            leaf = LEAF.model_copy(update={"window": window, "value": value})
            alone = RULE.model_copy(update={"when": leaf})
            said = [
                flagged(own, alone, partial(covers, rule, person))
                for person, own in enumerate(histories)
            ]
            assert flags == sum(map(len, said))
