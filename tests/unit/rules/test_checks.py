"""Static checks: what can never hold, always holds or says nothing, and that they are not wrong."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.rules.checks import check, like, meaning, unknown_units
from app.rules.condition import Key, Windowed
from app.rules.document import DOCUMENT, Leaf, leaves
from app.rules.ranges import _pairs, always, at_most, box_for, never, possible
from app.rules.windows import window_start
from tests import oracle
from tests.oracle.judgement import Judgement, Policy, holds, read_periods, value_of
from tests.oracle.triggers import History
from tests.strategies import cases, conditions, examples, leaf_conditions


def leaf(measure: str, op: str, value: int, **window: int) -> dict[str, Any]:
    asked: dict[str, Any] = {"measure": measure, "op": op, "value": value}
    return asked | ({"window": window} if window else {})


def mondays(value: int, **window: int) -> dict[str, Any]:
    return leaf("weekday_starts", "at_least", value, **window) | {"weekdays": [1]}


def document(when: Any, **more: Any) -> Any:
    return DOCUMENT.validate_python({"id": "r", "when": when, "action": "notify"} | more)


def ladder(*conditions: Any) -> Any:
    rungs = [{"when": when, "action": "notify"} for when in conditions]
    return DOCUMENT.validate_python({"id": "r", "rungs": rungs})


def found(when: Any) -> list[tuple[str, str, str]]:
    return [(one.pointer, one.code, one.level) for one in check(document(when))]


FIVE = leaf("episodes", "at_least", 5, months=12)
ILL = leaf("ongoing_days", "at_least", 1)


class TestLimit:
    @pytest.mark.parametrize(
        "when",
        [
            leaf("episodes", "at_least", 400, days=30),
            leaf("episodes", "at_least", 16, days=30),
            leaf("episodes", "at_least", 0, days=30),
            leaf("episodes", "more_than", -1, days=30),
            leaf("episodes", "less_than", 0, days=30),
            leaf("episodes", "at_most", 15, days=30),
            leaf("short_days", "at_least", 32, days=31),
            leaf("sick_days", "more_than", 366, months=12),
            leaf("bradford", "at_least", 1_000_000, days=30),
            leaf("episode_increase", "at_least", -4, days=7),
            leaf("episode_increase", "more_than", 4, days=7),
            leaf("ongoing_days", "at_least", 50_000),
            leaf("period_days", "at_least", 0),
            mondays(53, weeks=52),
        ],
    )
    def test_outside_of_what_the_measure_can_be_is_an_error(self, when: Any):
        assert found(when) == [("#/when", "limit_out_of_range", "error")]

    @pytest.mark.parametrize(
        "when",
        [
            FIVE,
            leaf("episodes", "at_least", 15, days=30),
            leaf("episodes", "at_most", 14, days=30),
            leaf("sick_days", "at_least", 366, months=12),
            leaf("episode_increase", "at_least", -3, days=7),
            mondays(52, weeks=52),
            ILL,
        ],
    )
    def test_within_it_is_none(self, when: Any):
        assert found(when) == []

    def test_says_what_the_measure_can_be(self):
        [one] = check(document(leaf("episodes", "at_least", 400, days=30)))
        assert one.detail == (
            "With this limit the comparison can never hold: the measure is 0 to 15 here."
        )


class TestCondition:
    @pytest.mark.parametrize(
        ("when", "where", "code"),
        [
            ({"all": [FIVE, leaf("episodes", "at_most", 3, months=12)]}, "", "never_holds"),
            ({"all": [FIVE, {"not": FIVE}]}, "", "never_holds"),
            ({"all": [FIVE, {"all": [{"not": FIVE}, ILL]}]}, "", "never_holds"),
            ({"any": [FIVE, leaf("episodes", "less_than", 6, months=12)]}, "", "always_holds"),
            ({"any": [FIVE, {"not": FIVE}]}, "", "always_holds"),
            # What is so of a year is so of what lies within it, and of what is counted with it.
            (
                {"all": [leaf("episodes", "at_least", 5, months=6), {"not": FIVE}]},
                "",
                "never_holds",
            ),
            (
                {"all": [FIVE, leaf("all_episodes", "at_most", 4, months=12)]},
                "",
                "never_holds",
            ),
            (
                {"all": [FIVE, leaf("sick_days", "less_than", 5, months=12)]},
                "",
                "never_holds",
            ),
            (
                {"all": [leaf("episodes", "at_least", 5, days=183), {"not": FIVE}]},
                "",
                "never_holds",
            ),
            (
                {
                    "all": [
                        leaf("short_days", "at_least", 9, weeks=25),
                        leaf("sick_days", "at_most", 8, months=6),
                    ]
                },
                "",
                "never_holds",
            ),
            (
                {"all": [leaf("episode_increase", "at_least", 6, months=12), {"not": FIVE}]},
                "",
                "never_holds",
            ),
            (
                {
                    "any": [
                        FIVE,
                        {"all": [ILL, leaf("ongoing_days", "at_most", 0)]},
                    ]
                },
                "/any/1",
                "never_holds",
            ),
            (
                {"all": [ILL, {"any": [FIVE, leaf("episodes", "at_least", 0, days=9)]}]},
                "/all/1",
                "always_holds",
            ),
        ],
    )
    def test_that_contradicts_itself_or_leaves_nothing_out(self, when: Any, where: str, code: str):
        assert found(when) == [(f"#/when{where}", code, "error")]

    @pytest.mark.parametrize(
        "when",
        [
            leaf("ongoing_days", "at_most", 0),
            {"not": ILL},
            {"all": [FIVE, {"not": ILL}]},
            {"any": [{"not": ILL}, leaf("period_days", "less_than", 1)]},
        ],
    )
    def test_that_holds_on_no_sick_day_asks_for_nothing(self, when: Any):
        assert ("#/when", "never_on_sick_day", "error") in found(when)

    @pytest.mark.parametrize(
        ("when", "where"),
        [
            ({"any": [FIVE, leaf("episodes", "at_least", 3, months=12)]}, "/any/0"),
            ({"all": [FIVE, leaf("episodes", "at_least", 3, months=12)]}, "/all/1"),
            ({"any": [FIVE, FIVE]}, "/any/1"),
            ({"all": [FIVE, leaf("episodes", "more_than", 4, months=12), ILL]}, "/all/1"),
        ],
    )
    def test_with_a_part_that_changes_nothing_is_warned_of(self, when: Any, where: str):
        assert found(when) == [(f"#/when{where}", "has_no_effect", "warning")]

    def test_of_the_presets_has_nothing_odd(self):
        from app.rules.presets import PRESETS  # noqa: PLC0415 - the only test about them

        for preset in PRESETS.values():
            for rule in preset.rules:
                assert check(rule) == []

    def test_by_weekday_in_less_than_a_week_is_warned_of(self):
        assert found(mondays(1, days=6)) == [("#/when/window", "window_too_short", "warning")]
        assert found(mondays(1, days=7)) == []

    def test_in_every_rung_of_a_ladder_is_looked_at(self):
        bad = leaf("episodes", "at_least", 99, days=9)
        [one] = check(ladder(FIVE, bad))
        assert (one.pointer, one.code) == ("#/rungs/1/when", "limit_out_of_range")

    def test_of_two_rungs_is_not_the_same(self):
        [one] = check(ladder(FIVE, ILL, leaf("episodes", "more_than", 4, months=12)))
        assert (one.pointer, one.code) == ("#/rungs/2/when", "same_condition")

    def test_of_the_largest_rules_is_looked_at_in_good_time(self):
        """As large as a document may be: what it costs was measured, and must stay finite."""
        wide = [
            {
                "all": [
                    leaf("episodes", "at_least", 1 + n + m, months=12 + (n + m) % 9)
                    for n in range(19)
                ]
            }
            for m in range(4)
        ]
        assert check(ladder(*[{"any": wide}] * 9))


class TestAnotherRule:
    def test_with_the_same_condition_and_people_is_found(self):
        same = document(leaf("episodes", "more_than", 4, months=12), action="refer")
        [(name, one)] = like(document(FIVE), {"other": same}, "error")
        assert (name, one.pointer, one.code) == ("other", "#/when", "same_as_active")
        [(_, rung)] = like(ladder(ILL, FIVE), {"other": same}, "warning")
        assert (rung.pointer, rung.level) == ("#/rungs/1/when", "warning")

    @pytest.mark.parametrize(
        ("one", "other"),
        [
            ({}, {"scope": {"units": ["a"]}}),
            ({"scope": {"units": ["a"]}}, {"scope": {"units": ["b"]}}),
            ({"validity": {"to": "2026-06-30"}}, {"validity": {"from": "2026-07-01"}}),
        ],
    )
    def test_about_others_or_another_time_is_not(self, one: Any, other: Any):
        assert like(document(FIVE, **one), {"o": document(FIVE, **other)}, "error") == []

    def test_is_told_by_what_it_means(self):
        both = {"all": [FIVE, {"all": [ILL, {"not": {"not": FIVE}}]}]}
        assert meaning(document(both).when) == meaning(document({"all": [ILL, FIVE]}).when)
        neither = {"not": {"any": [FIVE, ILL]}}
        apart = {"all": [{"not": ILL}, leaf("episodes", "less_than", 5, months=12)]}
        assert meaning(document(neither).when) == meaning(document(apart).when)
        assert meaning(document(FIVE).when) != meaning(document({"not": FIVE}).when)
        year = [
            leaf("bradford", "at_least", 200, **form) for form in ({"weeks": 52}, {"days": 364})
        ]
        assert meaning(document(year[0]).when) == meaning(document(year[1]).when)


def test_a_unit_that_is_not_known_is_warned_of():
    [one] = unknown_units(document(FIVE, scope={"units": ["north", "south"]}), ["north"])
    assert (one.pointer, one.code, one.level) == ("#/scope/units/1", "unknown_unit", "warning")


def days(case: dict[str, Any]) -> Iterator[Judgement]:
    """The oracle's judgement of some of the days of a case, sick days and others."""
    history = History(
        case["events"], Policy.read(case.get("policy")), read_periods(case.get("employment"))
    )
    as_of = date.fromisoformat(case["as_of"])
    for back in (0, 1, 2, 3, 5, 8, 13, 30, 60, 120, 200, 364):
        yield history.on(as_of - timedelta(days=back))


@pytest.mark.parametrize("sick", [False, True])
def test_what_measures_can_be_is_settled_between_them_from_the_beginning(sick: bool):
    """So one comparison has room wherever its own measure leaves it some."""
    lengths = {"days": [1, 2, 7, 8, 365, 3700], "weeks": [1, 2, 520], "months": [1, 11, 12, 120]}
    keys: list[Key] = [(name, "", 0, frozenset()) for name in ("ongoing_days", "period_days")]
    for unit, some in lengths.items():
        for length in some:
            keys += [(n, unit, length, frozenset()) for n in get_args(Windowed)]
            keys += [("weekday_starts", unit, length, frozenset(d)) for d in ({1}, {1, 7})]
    pairs = {pair for own in _pairs(tuple(keys)).values() for pair in own}
    assert len(pairs) > 200
    for lower, upper in pairs:
        small, large = possible(lower, sick=sick), possible(upper, sick=sick)
        assert small.low <= large.low
        assert small.high <= large.high


@examples(150)
@given(cases(), st.lists(conditions(), min_size=4, max_size=8))
def test_what_is_called_impossible_never_happens(case: dict[str, Any], asked: list[Any]):
    """Whatever people's histories are: the oracle finds no day that a check has denied."""
    judged = list(days(case))
    for when in asked:
        condition = document(when).when
        box, on_sick_days = box_for([condition]), box_for([condition], sick=True)
        settled = (never(condition, box), always(condition, box))
        for day in judged:
            true = holds(when, day)
            assert not (true and settled[0])
            assert true or not settled[1]
            assert not (true and day.d in day.sick_days and never(condition, on_sick_days))
        for one, said in zip(leaves(condition), oracle.judgement.leaves(when), strict=True):
            for day in judged:
                low, high = possible(one.looks_at, sick=day.d in day.sick_days)
                assert low <= value_of(said, day) <= high


@examples(100)
@given(cases(), st.lists(leaf_conditions(), min_size=2, max_size=30))
def test_what_is_said_to_be_no_larger_never_is(case: dict[str, Any], asked: list[Any]):
    """Whatever people's histories are, and whatever units the two windows are given in."""
    judged = list(days(case))
    keys = [leaf.looks_at for one in asked for leaf in leaves(document(one).when)]
    for one, said in zip(keys, asked, strict=True):
        for other, beside in zip(keys, asked, strict=True):
            if at_most(one, other):
                assert all(value_of(said, day) <= value_of(beside, day) for day in judged)


@pytest.mark.parametrize("months", [1, 2, 3, 6, 11, 12, 13, 24, 30])
def test_a_window_of_months_lies_within_no_shorter_one_of_days(months: int):
    every = range(date(2023, 1, 1).toordinal(), date(2025, 3, 1).toordinal())
    lengths = [day - window_start("months", months, day) + 1 for day in every]
    whole = leaf_of("episodes", months=months).looks_at
    fits = [n for n in range(1, 1000) if at_most(whole, leaf_of("episodes", days=n).looks_at)]
    holds_it = [n for n in range(1, 1000) if at_most(leaf_of("episodes", days=n).looks_at, whole)]
    assert min(fits) >= max(lengths)
    assert max(holds_it) <= min(lengths)


def leaf_of(measure: str, **window: int) -> Leaf:
    [only] = leaves(document(leaf(measure, "at_least", 1, **window)).when)
    return only
