"""The presets are those of the definition: which rules, and what they do."""

from typing import Any

import pytest

from app.rules.presets import PRESETS

Row = tuple[str, Any, str, str | None]


def leaf(measure: str, op: str, value: int, **window: int) -> dict[str, Any]:
    shown = {"measure": measure, "op": op, "value": value}
    return shown | ({"window": window} if window else {})


def at_least(measure: str, value: int, **window: int) -> dict[str, Any]:
    return leaf(measure, "at_least", value, **window)


TABLE: dict[str, list[tuple[dict[str, Any], str, str | None]]] = {
    "orust": [(at_least("episodes", 5, months=12), "refer", "health_talk")],
    "standard-6-12": [(at_least("episodes", 6, months=12), "refer", "health_talk")],
    "early-3-183": [(at_least("episodes", 3, days=183), "notify", None)],
    "ladder": [
        (
            {
                "any": [
                    at_least("episodes", 3, months=12),
                    at_least("short_days", 8, months=12),
                ]
            },
            "notify",
            None,
        ),
        (at_least("episodes", 5, months=12), "refer", "health_talk"),
        (at_least("episodes", 6, months=12), "refer", "rehabilitation_investigation"),
        (at_least("all_episodes", 10, months=12), "notify", None),
    ],
    "industry-4-6": [
        (at_least("episodes", 4, months=6), "notify", None),
        (at_least("episodes", 7, months=12), "refer", "health_talk"),
    ],
    "more-than-3-12": [(leaf("episodes", "more_than", 3, months=12), "notify", None)],
    "early-return": [
        *((at_least("ongoing_days", day), "notify", None) for day in (1, 8, 30, 60, 90, 180, 365)),
        (at_least("period_days", 15), "notify", None),
    ],
    "bradford-200": [(at_least("bradford", 200, weeks=52), "notify", None)],
}


class TestPresets:
    def test_are_those_of_the_definition(self):
        assert list(PRESETS) == list(TABLE)

    @pytest.mark.parametrize("name", TABLE)
    def test_ask_and_do_what_the_definition_says(self, name: str):
        rules = [rule.to_json() for rule in PRESETS[name].rules]
        assert [(r["when"], r["action"], r.get("service")) for r in rules] == TABLE[name]

    @pytest.mark.parametrize("name", TABLE)
    def test_have_ids_made_of_their_name_in_the_order_given(self, name: str):
        ids = [rule.id for rule in PRESETS[name].rules]
        several = [f"{name}-{n}" for n in range(1, len(TABLE[name]) + 1)]
        assert ids == ([name] if len(ids) == 1 else several)

    @pytest.mark.parametrize("name", TABLE)
    def test_rearm_after_half_a_year_but_the_milestones_of_one_absence_each_time(self, name: str):
        rearm = 1 if name == "early-return" else 183
        assert {rule.rearm_days for rule in PRESETS[name].rules} == {rearm}
        assert {rule.max_age_days for rule in PRESETS[name].rules} == {60}

    def test_say_where_they_come_from(self):
        assert all(len(preset.source) >= 6 for preset in PRESETS.values())

    def test_never_tighten_what_the_employer_decides(self):
        assert {rule.release for preset in PRESETS.values() for rule in preset.rules} == {None}
