"""The trace: every figure it shows is the measure's, and what it lists as counted explains it."""

from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.absences.fold import Absence
from app.absences.history import History
from app.absences.policy import Policy
from app.rules.document import WINDOWLESS, Measure, RuleDocument, leaves
from app.rules.measures import days_within, measure, window, window_before
from app.rules.scope import Validity
from app.rules.trace import OF_DAYS, trace
from app.rules.triggers import compare, holds

MEASURES: tuple[Measure, ...] = get_args(Measure)
BEGIN = date(2025, 1, 1)
quickly = settings(max_examples=60, deadline=None, derandomize=True, database=None)

absences = st.builds(
    lambda first, length, extent: Absence(
        BEGIN + timedelta(days=first),
        None if length is None else BEGIN + timedelta(days=first + length),
        extent=extent,
    ),
    st.integers(0, 150),
    st.sampled_from([0, 0, 0, 1, 2, 4, 13, 14, 15, 30, None]),
    st.sampled_from([100, 100, 100, 50]),
)
policies = st.builds(
    Policy,
    merge_gap_days=st.sampled_from([0, 0, 1, 5]),
    bridge_days_off=st.booleans(),
    short_max_days=st.sampled_from([1, 3, 14]),
    min_extent=st.sampled_from([1, 100]),
    exclusion_windows=st.sampled_from([(), ((BEGIN.toordinal() + 40, BEGIN.toordinal() + 60),)]),
)
windows = st.sampled_from(
    [{"days": 1}, {"days": 30}, {"weeks": 10}, {"months": 1}, {"months": 4}, {"days": 400}]
)


def rule(name: str, form: dict[str, int], limit: int = 3) -> RuleDocument:
    leaf: dict[str, Any] = {"measure": name, "op": "at_least", "value": limit}
    if name not in WINDOWLESS:
        leaf["window"] = form
    if name == "weekday_starts":
        leaf["weekdays"] = [1, 3, 5]
    return RuleDocument.model_validate({"id": "r", "when": leaf, "action": "notify"})


def explained(name: str, shown: dict[str, Any], history: History, document: RuleDocument) -> int:
    """The figure as somebody would work it out who has the list before him."""
    [leaf] = leaves(document.when)
    counted, day = shown["counted"], history.as_of
    if name in ("episodes", "all_episodes", "weekday_starts"):
        return len(counted)
    if name in WINDOWLESS:
        return sum(group["sick_days"] for group in counted)
    if name == "episode_increase":
        before = [
            group
            for group in shown["not_counted"]
            if group["reason"] == "in_the_window_before"
            and group["sick_days"] <= history.policy.short_max_days
        ]
        assert all(within(group["first_day"], window_before(leaf, day)) for group in before)
        return len(counted) - len(before)
    seen = days_within(history.counted, window(leaf, day))
    days = [d for d in seen if any(is_in(d, group) for group in counted)]
    return len(counted) ** 2 * len(days) if name == "bradford" else len(days)


def within(day: str, stretch: tuple[int, int]) -> bool:
    return stretch[0] <= date.fromisoformat(day).toordinal() <= stretch[1]


def is_in(day: int, group: dict[str, Any]) -> bool:
    return group["first_day"] <= date.fromordinal(day).isoformat() <= group["last_day"]


@pytest.mark.parametrize("name", MEASURES)
class TestComparison:
    @quickly
    @given(st.lists(absences, max_size=12), policies, windows, st.integers(0, 200))
    def test_shows_the_measure_and_what_explains_it(
        self, name: Measure, said: list[Absence], policy: Policy, form: dict[str, int], days: int
    ):
        history = History(said, policy, [], as_of=BEGIN.toordinal() + days)
        document = rule(name, form)
        [leaf] = leaves(document.when)
        [shown] = trace(history, document, history.as_of)["comparisons"]
        assert shown["value"] == measure(history, leaf, history.as_of)
        assert shown["value"] == explained(name, shown, history, document)
        if name in OF_DAYS:
            days_told = sum(group["days_in_window"] for group in shown["counted"])
            points = len(shown["counted"]) ** 2 if name == "bradford" else 1
            assert shown["value"] == points * days_told
        assert shown["holds"] == compare(shown["value"], leaf.op, leaf.value)

    @quickly
    @given(st.lists(absences, max_size=12), policies, windows, st.integers(0, 200))
    def test_has_a_place_for_every_group_and_a_reason_for_each_not_counted(
        self, name: Measure, said: list[Absence], policy: Policy, form: dict[str, int], days: int
    ):
        history = History(said, policy, [], as_of=BEGIN.toordinal() + days)
        [shown] = trace(history, rule(name, form), history.as_of)["comparisons"]
        groups = {"ongoing_days": history.spells, "period_days": history.sick_pay_periods}.get(
            name, history.episodes
        )
        listed = sorted(
            (group["first_day"], group["last_day"], group["sick_days"])
            for group in [*shown["counted"], *shown["not_counted"]]
        )
        assert listed == [
            (date.fromordinal(g.first).isoformat(), date.fromordinal(g.last).isoformat(), g[2])
            for g in groups.listed()
        ]
        assert all("reason" not in group for group in shown["counted"])
        assert {group["reason"] for group in shown["not_counted"]} <= {
            "outside_window",
            "too_long",
            "other_weekday",
            "in_the_window_before",
            "over",
        }


WEEKS = [
    *(("2026-01-05", "2026-01-05"), ("2026-01-14", "2026-01-16"), ("2026-02-02", "2026-02-20")),
    *(("2026-03-02", "2026-03-03"), ("2026-03-12", None)),
]
"""A Monday; three days; nineteen days; two days; ongoing since a Thursday."""


def on(day: str) -> History:
    said = [
        Absence(date.fromisoformat(first), date.fromisoformat(last) if last else None)
        for first, last in WEEKS
    ]
    return History(said, Policy(), [], as_of=date.fromisoformat(day).toordinal())


class TestTrace:
    def test_is_this_for_a_worked_example(self):
        history = on("2026-03-13")
        document = rule("episodes", {"months": 2}, limit=3)
        assert trace(history, document, history.as_of) == {
            "on": "2026-03-13",
            "holds": True,
            "comparisons": [
                {
                    "measure": "episodes",
                    "window": {"first_day": "2026-01-14", "last_day": "2026-03-13"},
                    "op": "at_least",
                    "limit": 3,
                    "value": 3,
                    "holds": True,
                    "counted": [
                        {"first_day": "2026-01-14", "last_day": "2026-01-16", "sick_days": 3},
                        {"first_day": "2026-03-02", "last_day": "2026-03-03", "sick_days": 2},
                        {"first_day": "2026-03-12", "last_day": "2026-03-13", "sick_days": 2},
                    ],
                    "not_counted": [
                        {
                            "first_day": "2026-01-05",
                            "last_day": "2026-01-05",
                            "sick_days": 1,
                            "reason": "outside_window",
                        },
                        {
                            "first_day": "2026-02-02",
                            "last_day": "2026-02-20",
                            "sick_days": 19,
                            "reason": "too_long",
                        },
                    ],
                    "words": {
                        "sv": "tre eller fler korta sjukfrånvarotillfällen under två månader",
                        "en": "three or more short absence episodes within two months",
                    },
                }
            ],
            "not_counted": [],
            "otherwise": {
                "changes": [
                    {
                        "measure": "episodes",
                        "value": 3,
                        "needed": 2,
                        "words": {
                            "sv": "tre eller fler korta sjukfrånvarotillfällen under två månader",
                            "en": "three or more short absence episodes within two months",
                        },
                    }
                ],
                "words": {
                    "sv": "Med ett kort sjukfrånvarotillfälle färre under två månader hade regeln "
                    "inte varit uppfylld.",
                    "en": "With one short absence episode fewer within two months, the rule would "
                    "not have been met.",
                },
            },
            "words": {
                "sv": "Den 13 mars 2026 räknas tre korta sjukfrånvarotillfällen under två månader; "
                "regeln gäller vid tre eller fler och är uppfylld.",
                "en": "On 13 March 2026 the count is three short absence episodes within two "
                "months; the rule applies at three or more and is met.",
            },
        }

    @pytest.mark.parametrize(
        ("name", "value", "counted"),
        [
            ("episodes", 4, 4),
            ("all_episodes", 5, 5),
            ("short_days", 8, 4),
            ("sick_days", 27, 5),
            ("bradford", 5 * 5 * 27, 5),
            ("weekday_starts", 4, 4),
            ("ongoing_days", 2, 1),
            ("period_days", 2, 1),
        ],
    )
    def test_counts_these_of_the_same_example(self, name: str, value: int, counted: int):
        history = on("2026-03-13")
        [shown] = trace(history, rule(name, {"months": 4}), history.as_of)["comparisons"]
        assert (shown["value"], len(shown["counted"])) == (value, counted)

    def test_shows_every_comparison_also_where_one_would_do(self):
        history = on("2026-03-13")
        many = {"measure": "ongoing_days", "op": "at_least", "value": 1}
        few = {"measure": "period_days", "op": "at_least", "value": 99}
        document = RuleDocument.model_validate(
            {"id": "r", "when": {"any": [many, {"not": {"all": [few, many]}}]}, "action": "notify"}
        )
        told = trace(history, document, history.as_of)
        assert [shown["holds"] for shown in told["comparisons"]] == [True, False, True]
        assert told["holds"] is holds(history, document.when, history.as_of) is True
        assert told["words"]["en"].startswith("On 13 March 2026 the count is two consecutive sick ")

    def test_says_of_a_day_on_which_the_rule_does_not_apply_just_that(self):
        history = on("2026-03-13")
        valid = {"validity": Validity.model_validate({"to": "2026-03-12"})}
        document = rule("episodes", {"months": 2}).model_copy(update=valid)
        told = trace(history, document, history.as_of)
        assert (told["holds"], told["otherwise"]) == (False, None)
        assert told["comparisons"][0]["holds"] is True
        assert told["words"] == {
            "sv": "Regeln gäller inte den 13 mars 2026.",
            "en": "The rule does not apply on 13 March 2026.",
        }

    def test_of_a_day_without_sickness_counts_nothing_as_going_on(self):
        history = on("2026-03-10")
        for name in ("ongoing_days", "period_days"):
            [shown] = trace(history, rule(name, {}), history.as_of)["comparisons"]
            assert (shown["value"], shown["counted"], shown["window"]) == (0, [], None)
            assert {group["reason"] for group in shown["not_counted"]} == {"over"}

    @pytest.mark.parametrize(
        ("name", "policy", "day"),
        [
            ("period_days", Policy(), "2026-01-15"),
            ("episodes", Policy(merge_gap_days=2), "2026-01-15"),
            ("sick_days", Policy(merge_gap_days=2), "2026-01-15"),
            ("episodes", Policy(), "2026-01-13"),
            ("ongoing_days", Policy(), "2026-01-13"),
        ],
    )
    def test_of_an_earlier_day_is_what_it_was_on_that_day(
        self, name: str, policy: Policy, day: str
    ):
        """Ill on Monday and Tuesday, and again from Friday: nothing of that is known before."""
        said = [
            Absence(date(2026, 1, 12), date(2026, 1, 13)),
            Absence(date(2026, 1, 16), date(2026, 1, 20)),
        ]
        judged = date.fromisoformat(day).toordinal()
        document = rule(name, {"days": 30})
        later = History(said, policy, [], as_of=judged + 20)
        then = History(said, policy, [], as_of=judged)
        assert trace(later, document, judged) == trace(then, document, judged)
