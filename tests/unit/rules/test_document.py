"""Rule documents: what fits the closed set of forms, and where it does not."""

from typing import Any

import pytest
from pydantic import ValidationError

from app.core.errors import InvalidInput
from app.privacy.redact import validated
from app.rules.document import All, Leaf, Not, RuleDocument, leaves, nodes

LEAF: dict[str, Any] = {
    "measure": "episodes",
    "window": {"months": 12},
    "op": "at_least",
    "value": 5,
}
ONGOING: dict[str, Any] = {"measure": "ongoing_days", "op": "at_least", "value": 8}
MONDAYS: dict[str, Any] = LEAF | {"measure": "weekday_starts", "weekdays": [1]}
RULE: dict[str, Any] = {"id": "r", "when": LEAF, "action": "refer"}


def without(document: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in document.items() if key != name}


def wrong(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(InvalidInput) as refused:
        validated(RuleDocument, document)
    return [(error.pointer, error.code) for error in refused.value.errors]


def when(condition: Any) -> list[tuple[str, str]]:
    return wrong(RULE | {"when": condition})


def nested(depth: int) -> dict[str, Any]:
    """A condition so many levels deep, the leaf included."""
    return LEAF if depth == 1 else {"not": nested(depth - 1)}


def wide(count: int) -> dict[str, Any]:
    """A tree of so many conditions, at least 81 and at most 101, in five branches."""
    last = count - 1 - 4 * 20
    return {"any": [{"all": [LEAF] * (size - 1)} for size in (20, 20, 20, 20, last)]}


class TestLeaf:
    @pytest.mark.parametrize(
        ("leaf", "place", "code"),
        [
            (without(LEAF, "measure"), "/measure", "required"),
            (LEAF | {"measure": "mood"}, "/measure", "invalid_choice"),
            (LEAF | {"measure": None}, "/measure", "invalid_choice"),
            (without(LEAF, "op"), "/op", "required"),
            (LEAF | {"op": ">="}, "/op", "invalid_choice"),
            (LEAF | {"op": "equals"}, "/op", "invalid_choice"),
            (without(LEAF, "value"), "/value", "required"),
            (LEAF | {"value": "5"}, "/value", "invalid_integer"),
            (LEAF | {"value": 5.0}, "/value", "invalid_integer"),
            (LEAF | {"value": True}, "/value", "invalid_integer"),
            (LEAF | {"value": None}, "/value", "invalid_integer"),
            (LEAF | {"value": 1_000_001}, "/value", "out_of_range"),
            (LEAF | {"value": -100_001}, "/value", "out_of_range"),
            (without(LEAF, "window"), "", "window_mismatch"),
            (LEAF | {"window": None}, "", "window_mismatch"),
            (ONGOING | {"window": {"days": 5}}, "", "window_mismatch"),
            (ONGOING | {"measure": "period_days", "window": {"days": 5}}, "", "window_mismatch"),
            (LEAF | {"window": {}}, "/window", "window_form"),
            (LEAF | {"window": {"days": 1, "weeks": 1}}, "/window", "window_form"),
            (LEAF | {"window": {"days": 1, "months": None}}, "/window", "window_form"),
            (LEAF | {"window": {"days": None}}, "/window", "window_form"),
            (LEAF | {"window": {"days": 0}}, "/window/days", "out_of_range"),
            (LEAF | {"window": {"days": 3701}}, "/window/days", "out_of_range"),
            (LEAF | {"window": {"weeks": 521}}, "/window/weeks", "out_of_range"),
            (LEAF | {"window": {"months": 121}}, "/window/months", "out_of_range"),
            (LEAF | {"window": {"months": "12"}}, "/window/months", "invalid_integer"),
            (LEAF | {"window": {"years": 1}}, "/window/years", "unknown_field"),
            (LEAF | {"window": 12}, "/window", "invalid_object"),
            (without(MONDAYS, "weekdays"), "", "weekdays_mismatch"),
            (MONDAYS | {"weekdays": None}, "", "weekdays_mismatch"),
            (LEAF | {"weekdays": [1]}, "", "weekdays_mismatch"),
            (MONDAYS | {"weekdays": []}, "/weekdays", "too_short"),
            (MONDAYS | {"weekdays": [1] * 8}, "/weekdays", "too_long"),
            (MONDAYS | {"weekdays": [0]}, "/weekdays/0", "out_of_range"),
            (MONDAYS | {"weekdays": [1, 8]}, "/weekdays/1", "out_of_range"),
            (MONDAYS | {"weekdays": ["1"]}, "/weekdays/0", "invalid_integer"),
            (MONDAYS | {"weekdays": [True]}, "/weekdays/0", "invalid_integer"),
            (MONDAYS | {"weekdays": "1"}, "/weekdays", "invalid_list"),
            (MONDAYS | {"weekdays": 1}, "/weekdays", "invalid_list"),
            (LEAF | {"limit": 5}, "/limit", "unknown_field"),
            (LEAF | {"orsak": "x"}, "/orsak", "forbidden_field"),
        ],
    )
    def test_that_does_not_fit_is_refused_in_its_place(self, leaf: Any, place: str, code: str):
        assert (f"#/when{place}", code) in when(leaf)
        assert (f"#/when/all/1/not{place}", code) in when({"all": [LEAF, {"not": leaf}]})

    @pytest.mark.parametrize(
        "leaf",
        [
            LEAF,
            ONGOING,
            MONDAYS,
            LEAF | {"value": -100_000},
            LEAF | {"value": 1_000_000},
            LEAF | {"window": {"days": 3700}},
            LEAF | {"window": {"weeks": 520}},
            LEAF | {"window": {"months": 120}},
            MONDAYS | {"weekdays": [1, 2, 3, 4, 5, 6, 7]},
        ],
    )
    def test_that_fits_is_taken_and_given_back_as_it_was(self, leaf: Any):
        assert RuleDocument.model_validate(RULE | {"when": leaf}).to_json()["when"] == leaf


class TestCondition:
    @pytest.mark.parametrize(
        ("condition", "expected"),
        [
            ({"all": []}, [("#/when/all", "too_short")]),
            ({"any": [LEAF] * 21}, [("#/when/any", "too_long")]),
            ({"all": LEAF}, [("#/when/all", "invalid_list")]),
            ({"not": [LEAF]}, [("#/when/not", "invalid_object")]),
            ({"not": None}, [("#/when/not", "invalid_object")]),
            ({"all": [None]}, [("#/when/all/0", "invalid_object")]),
            ({"all": ["episodes >= 5"]}, [("#/when/all/0", "invalid_object")]),
            ({"xor": [LEAF]}, None),
            ("true", [("#/when", "invalid_object")]),
        ],
    )
    def test_that_does_not_fit_is_refused_in_its_place(self, condition: Any, expected: Any):
        found = when(condition)
        assert found == expected if expected else ("#/when/xor", "unknown_field") in found

    def test_may_be_eight_deep_and_no_deeper(self):
        RuleDocument.model_validate(RULE | {"when": nested(8)})
        assert when(nested(9)) == [("#", "condition_too_deep")]
        assert when(nested(30)) == [("#", "condition_too_deep")]

    def test_may_have_a_hundred_parts_and_no_more(self):
        largest = RuleDocument.model_validate(RULE | {"when": wide(100)})
        assert sum(1 for _ in nodes(largest.when)) == 100
        assert when(wide(101)) == [("#", "condition_too_large")]

    def test_is_walked_in_reading_order_with_depths(self):
        condition = {"all": [LEAF, {"not": {"any": [ONGOING, MONDAYS]}}]}
        rule = RuleDocument.model_validate(RULE | {"when": condition})
        assert [leaf.measure for leaf in leaves(rule.when)] == [
            "episodes",
            "ongoing_days",
            "weekday_starts",
        ]
        assert [depth for _, depth in nodes(rule.when)] == [1, 2, 2, 3, 4, 4]
        assert [type(node) for node, _ in nodes(rule.when)][:3] == [All, Leaf, Not]


class TestRule:
    @pytest.mark.parametrize(
        ("document", "expected"),
        [
            ({}, [("#/id", "required"), ("#/when", "required"), ("#/action", "required")]),
            (RULE | {"id": ""}, [("#/id", "invalid_format")]),
            (RULE | {"id": "Orust"}, [("#/id", "invalid_format")]),
            (RULE | {"id": "-a"}, [("#/id", "invalid_format")]),
            (RULE | {"id": "a b"}, [("#/id", "invalid_format")]),
            (RULE | {"id": "a\n"}, [("#/id", "invalid_format")]),
            (RULE | {"id": "å"}, [("#/id", "invalid_format")]),
            (RULE | {"id": "a" * 64}, [("#/id", "invalid_format")]),
            (RULE | {"id": 1}, [("#/id", "invalid_string")]),
            (RULE | {"action": "punish"}, [("#/action", "invalid_choice")]),
            (RULE | {"service": "massage"}, [("#/service", "invalid_choice")]),
            (
                RULE | {"action": "notify", "service": "health_talk"},
                [("#", "service_without_referral")],
            ),
            (RULE | {"release": "automatic"}, [("#/release", "invalid_choice")]),
            (RULE | {"rearm_days": 0}, [("#/rearm_days", "out_of_range")]),
            (RULE | {"rearm_days": 3701}, [("#/rearm_days", "out_of_range")]),
            (RULE | {"rearm_days": "183"}, [("#/rearm_days", "invalid_integer")]),
            (RULE | {"rearm_days": None}, [("#/rearm_days", "invalid_integer")]),
            (RULE | {"max_age_days": -1}, [("#/max_age_days", "out_of_range")]),
            (RULE | {"testing": []}, [("#/testing", "unknown_field")]),
            ([], [("#", "invalid_object")]),
            (None, [("#", "invalid_object")]),
        ],
    )
    def test_that_does_not_fit_is_refused_in_its_place(self, document: Any, expected: Any):
        assert wrong(document) == expected

    def test_asks_for_a_health_talk_when_nothing_is_said(self):
        assert RuleDocument.model_validate(RULE).referral_service == "health_talk"

    def test_has_the_defaults_of_the_definition(self):
        rule = RuleDocument.model_validate(RULE)
        assert (rule.rearm_days, rule.max_age_days, rule.release) == (183, 60, None)

    def test_does_not_change(self):
        rule = RuleDocument.model_validate(RULE)
        with pytest.raises(ValidationError):
            rule.rearm_days = 1


class TestContentHash:
    def test_is_the_same_for_what_says_the_same(self):
        plain = RuleDocument.model_validate(RULE)
        said = RULE | {"rearm_days": 183, "max_age_days": 60, "release": None}
        reordered = dict(reversed(RULE.items())) | {"when": dict(reversed(LEAF.items()))}
        for same in (said, reordered, plain.to_json()):
            assert RuleDocument.model_validate(same).content_hash() == plain.content_hash()

    def test_is_another_for_everything_else(self):
        others = [
            RULE,
            RULE | {"id": "s"},
            RULE | {"action": "notify"},
            RULE | {"service": "rehabilitation_investigation"},
            RULE | {"release": "manual"},
            RULE | {"rearm_days": 182},
            RULE | {"max_age_days": 59},
            RULE | {"when": {"all": [LEAF]}},
            RULE | {"when": {"any": [LEAF]}},
            RULE | {"when": {"not": LEAF}},
            RULE | {"when": {"all": [LEAF, ONGOING]}},
            RULE | {"when": {"all": [ONGOING, LEAF]}},
            RULE | {"when": LEAF | {"value": 6}},
            RULE | {"when": LEAF | {"op": "more_than"}},
            RULE | {"when": LEAF | {"measure": "all_episodes"}},
            RULE | {"when": LEAF | {"window": {"days": 12}}},
            RULE | {"when": MONDAYS},
            RULE | {"when": MONDAYS | {"weekdays": [5]}},
        ]
        hashes = {RuleDocument.model_validate(other).content_hash() for other in others}
        assert len(hashes) == len(others)

    def test_stays_what_it_is_from_release_to_release(self):
        """Stored versions are known by it."""
        rule = RuleDocument.model_validate(RULE | {"when": {"all": [LEAF, MONDAYS]}})
        kept = "b15fe335e040cbef31bf711a6514250e72a015328164aef7c3c1907054aa49e9"
        assert rule.content_hash() == kept
