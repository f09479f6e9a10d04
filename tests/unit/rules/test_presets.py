"""The presets are those of the definition: which rules, and what they do."""

from typing import Any

import pytest

from app.rules.document import RuleDocument
from app.rules.presets import MEANINGS, PRESETS, meaning_of

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


class TestMeanings:
    def test_are_there_for_every_rule_in_both_languages(self):
        rules = [rule for preset in PRESETS.values() for rule in preset.rules]
        assert MEANINGS.keys() == {rule.id for rule in rules}
        for rule in rules:
            meaning = meaning_of(rule)
            assert meaning is not None
            assert meaning.sv != meaning.en
            assert len(meaning.sv) > 40

    @pytest.mark.parametrize(
        ("number", "named"),
        [
            (1, "kontakt"),
            (2, "sjuklönelagen 8 §"),
            (3, "SFB 30 kap. 6 §"),
            (4, "avstämningsmöte"),
            (5, "SFB 27 kap. 46-49 §§"),
            (6, "SFB 27 kap. 46-49 §§"),
            (7, "SFB 27 kap. 46-49 §§"),
            (8, "senast dag 21"),
        ],
    )
    def test_of_early_return_say_what_each_day_asks_for(self, number: int, named: str):
        meaning = MEANINGS[f"early-return-{number}"]
        rule = PRESETS["early-return"].rules[number - 1].to_json()
        assert named in meaning.sv
        assert meaning.sv.startswith(f"Dag {rule['when']['value']}")
        assert meaning.en.startswith(f"Day {rule['when']['value']}")

    def test_say_what_is_still_to_be_verified(self):
        assert all("kontrolleras" in MEANINGS[f"early-return-{n}"].sv for n in (5, 6, 7))
        assert "AFS 2023:2, vilket ska kontrolleras" in MEANINGS["orust"].sv

    def test_are_not_lent_to_a_rule_that_asks_for_something_else(self):
        when = at_least("ongoing_days", 9)
        own = {"id": "early-return-2", "when": when, "action": "notify"}
        assert meaning_of(RuleDocument.model_validate(own)) is None
