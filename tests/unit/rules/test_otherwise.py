"""What would have changed the outcome: it really does, and nothing smaller would."""

from datetime import date, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from app.rules.document import Condition, RuleDocument, leaves
from app.rules.otherwise import figure_of, otherwise, otherwise_in_words, true_with
from tests.oracle import judgement as oracle
from tests.oracle.absences import Absence
from tests.strategies import examples

_CONDITION: TypeAdapter[Condition] = TypeAdapter(Condition)
BEGIN = date(2025, 6, 2)
DAY = date(2025, 12, 1)
COUNTS = ("episodes", "all_episodes", "weekday_starts", "episode_increase")
DAYS = ("sick_days", "short_days")
RUNS = ("ongoing_days", "period_days")


def leaf(measure: str, op: str, value: int) -> dict[str, Any]:
    shown: dict[str, Any] = {"measure": measure, "op": op, "value": value}
    if measure not in RUNS:
        shown["window"] = {"days": 60}
    if measure == "weekday_starts":
        shown["weekdays"] = [1, 2, 3, 4]
    return shown


def judged(days: set[date], policy: oracle.Policy) -> oracle.Judgement:
    return oracle.Judgement([Absence(day, day) for day in days], policy, [], DAY)


def candidates(asked: dict[str, Any], j: oracle.Judgement) -> list[list[date]]:
    """What can be taken away of what the measure counts, in the order in which it goes."""
    measure = asked["measure"]
    if measure in RUNS:
        own = j.group_of_d(j.spells if measure == "ongoing_days" else j.sick_pay_periods)
        return [[day] for day in own]
    first = oracle.first_day_of(asked["window"], DAY)
    if measure in DAYS:
        counted = [e for e in j.episodes if measure == "sick_days" or j.short(e)]
        return [[day] for episode in counted for day in episode if first <= day]
    begun = [e for e in j.episodes if first <= e[0]]
    if measure == "weekday_starts":
        return [e for e in begun if e[0].isoweekday() in asked["weekdays"]]
    return begun if measure == "all_episodes" else [e for e in begun if j.short(e)]


absences = st.lists(
    st.tuples(st.integers(110, 182), st.sampled_from([0, 0, 1, 3, 6, 20])), min_size=2, max_size=12
)
policies = st.builds(
    lambda gap, bridge, short, window: oracle.Policy.read(
        {
            "merge_gap_days": gap,
            "bridge_days_off": bridge,
            "short_max_days": short,
            "exclusion_windows": window,
        }
    ),
    st.sampled_from([0, 0, 2]),
    st.booleans(),
    st.sampled_from([3, 14]),
    st.sampled_from([[], [{"first_day": "2025-10-20", "last_day": "2025-10-26"}]]),
)


@pytest.mark.parametrize("measure", [*COUNTS, *DAYS, *RUNS])
class TestOneComparison:
    @examples(40)
    @given(absences, policies, st.sampled_from(["at_least", "more_than"]), st.data())
    def test_taking_away_that_many_turns_it(
        self, measure: str, said: Any, policy: oracle.Policy, op: str, data: st.DataObject
    ):
        days = {
            BEGIN + timedelta(days=first + n) for first, length in said for n in range(length + 1)
        }
        days = {day for day in days if day <= DAY} | ({DAY} if measure in RUNS else set())
        before = judged(days, policy)
        value = oracle.value_of(leaf(measure, op, 0), before)
        limit = value - data.draw(st.integers(0, 3)) - (op == "more_than")
        if measure != "episode_increase":
            limit = max(limit, 1 if op == "at_least" else 0)
            assume(value > 0)
        asked = leaf(measure, op, limit)
        assert oracle.holds(asked, before)
        found = otherwise(_CONDITION.validate_python(asked), [value])
        assert found is not None
        [change] = found.changes
        fewer = change.value - change.needed
        assert fewer > 0
        going = candidates(asked, before)
        assume(fewer <= len(going))
        if measure not in RUNS:
            going = data.draw(st.permutations(going))
        left = days.difference(*map(set, going[:fewer]))
        assert not oracle.holds(asked, judged(left, policy))
        one_less = days.difference(*map(set, going[: fewer - 1]))
        assert oracle.holds(asked, judged(one_less, policy))


VALUES = range(5)
FIGURES = ("episodes", "ongoing_days", "period_days")
parts = st.builds(
    leaf,
    st.sampled_from(FIGURES),
    st.sampled_from(["at_least", "more_than", "at_most", "less_than"]),
    st.sampled_from(VALUES[:-1]),
)
trees = st.recursive(
    parts,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda many: {"all": many}),
        st.lists(inner, min_size=1, max_size=3).map(lambda many: {"any": many}),
        inner.map(lambda one: {"not": one}),
    ),
    max_leaves=6,
)


class TestTree:
    @examples(200)
    @given(trees, st.tuples(*(st.sampled_from(VALUES) for _ in FIGURES)))
    def test_is_the_smallest_of_all_changes(self, document: Any, figures: tuple[int, ...]):
        condition = _CONDITION.validate_python(document)
        keys = {leaf.measure: figure_of(leaf) for leaf in leaves(condition)}
        now = {
            keys[name]: value for name, value in zip(FIGURES, figures, strict=True) if name in keys
        }
        held = true_with(condition, now)
        sizes = [
            (
                sum(others[key] != value for key, value in now.items()),
                sum(abs(others[key] - value) for key, value in now.items()),
            )
            for chosen in product(VALUES, repeat=len(now))
            if true_with(condition, others := dict(zip(now, chosen, strict=True))) is not held
        ]
        found = otherwise(condition, [now[figure_of(leaf)] for leaf in leaves(condition)])
        if found is None:
            assert sizes == []
            return
        moved = now | {figure_of(change.leaf): change.needed for change in found.changes}
        assert true_with(condition, moved) is not held
        by = sum(abs(change.needed - change.value) for change in found.changes)
        assert (len(found.changes), by) == min(sizes)
        for said in (otherwise_in_words(found, held=held, language=one) for one in ("sv", "en")):
            assert said.endswith(".")
            assert not {"{", "}"} & set(said)

    def test_counts_two_comparisons_of_one_figure_as_one(self):
        one, two = leaf("episodes", "at_least", 3), leaf("episodes", "at_least", 5)
        found = otherwise(_CONDITION.validate_python({"any": [one, two]}), [5, 5])
        assert found is not None
        assert [(change.value, change.needed) for change in found.changes] == [(5, 2)]
        assert found.all_named
        assert otherwise_in_words(found, held=True, language="sv") == (
            "Med tre korta sjukfrånvarotillfällen färre under 60 dagar hade regeln inte varit "
            "uppfylld."
        )

    def test_says_that_all_else_stays_where_it_names_some_figures_only(self):
        both = {"all": [leaf("episodes", "at_least", 3), leaf("ongoing_days", "at_least", 2)]}
        found = otherwise(_CONDITION.validate_python(both), [3, 5])
        assert found is not None
        assert otherwise_in_words(found, held=True, language="sv") == (
            "Med ett kort sjukfrånvarotillfälle färre under 60 dagar, och i övrigt samma tal, "
            "hade regeln inte varit uppfylld."
        )
        assert otherwise_in_words(found, held=True, language="en") == (
            "With one short absence episode fewer within 60 days, and all else the same, the rule "
            "would not have been met."
        )

    def test_has_no_answer_where_nothing_turns_it(self):
        always = _CONDITION.validate_python(leaf("episodes", "at_least", 0))
        assert otherwise(always, [3]) is None

    def test_gives_up_on_what_would_take_long(self):
        many = [
            {"measure": "episodes", "window": {"days": n}, "op": "at_least", "value": 1}
            for n in range(1, 81)
        ]
        parts = [{"any": many[at : at + 20]} for at in range(0, 80, 20)]
        rule = RuleDocument.model_validate({"id": "r", "when": {"any": parts}, "action": "notify"})
        assert otherwise(rule.when, [1] * 80) is None
