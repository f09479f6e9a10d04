"""The published JSON Schema of rule documents: the file is current, and it says what is taken."""

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from app.rules.document import DOCUMENT
from app.rules.written import as_file, rule_schema
from tests.strategies import conditions, examples

ROOT = Path(__file__).parents[3]
SCHEMA = Draft202012Validator(rule_schema(), format_checker=Draft202012Validator.FORMAT_CHECKER)
BEYOND = {
    *("condition_too_deep", "condition_too_large", "document_too_large", "tests_too_large"),
    *("occurred_at_missing", "one_employee", "date_out_of_range", "range_reversed"),
}
"""Codes of what JSON Schema cannot say."""
ILL = {"type": "absence.reported", "absence": "a", "first_day": "2026-03-02"}
TEST = {
    "name": "a test",
    "policy": {
        "merge_gap_days": 1,
        "bridge_days_off": False,
        "holidays": ["2026-01-06"],
        "short_max_days": 14,
        "min_extent": 50,
        "counted_kinds": ["sickness"],
        "exclusion_windows": [{"first_day": "2026-02-01", "last_day": "2026-02-10"}],
    },
    "employment": [{"first_day": "2020-01-01", "last_day": None, "form": "permanent"}],
    "events": [
        ILL | {"last_day": None, "extent": 50, "kind": "sickness", "id": "1", "source": "hr"},
        {"type": "absence.changed", "absence": "a", "extent": 25, "extent_from": "2026-03-03"},
        {"type": "absence.changed", "absence": "a", "last_day": None},
        {"type": "absence.ended", "absence": "a", "well_from": "2026-03-05"},
        {"type": "absence.cancelled", "absence": "a", "employee": "1"},
    ],
    "as_of": "2026-03-31",
    "triggers": [{"on": "2026-03-02", "kind": "crossing", "accepted": True, "rung": 1}],
}
AROUND = {
    "id": "r",
    "scope": {"units": ["north"], "employment_forms": ["hourly", "other"]},
    "validity": {"from": "2026-01-01", "to": "2026-12-31"},
    "legal_basis": "SFB 30 kap. 6 §",
    "tests": [TEST, TEST | {"events": [ILL | {"occurred_at": "2026-03-02T07:00:00.5+01:00"}]}],
}
REFERS = {"action": "refer", "service": "health_talk", "release": "manual", "rearm_days": 1}
NOISE: list[Any] = [
    None,
    True,
    -1,
    0,
    1,
    8,
    10**18,
    1.5,
    "",
    "x",
    "2026-02-30",
    "refer",
    [],
    {},
    [1],
]
NAMES = ["id", "when", "rungs", "all", "not", "window", "weekdays", "service", "from", "extra"]


def codes(document: Any) -> set[str]:
    try:
        DOCUMENT.validate_python(document)
    except ValidationError as error:
        return {one["type"] for one in error.errors()}
    return set()


def places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Everything that can be changed in a document: in what it lies, and under which key."""
    keys = list(value) if isinstance(value, dict) else range(len(value))
    for key in keys:
        yield value, key
        if isinstance(value[key], dict | list):
            yield from places(value[key])


def agrees(document: Any) -> None:
    found, taken = codes(document), SCHEMA.is_valid(document)
    assert taken or found, "the models take what the schema refuses"
    if found - BEYOND:
        assert not taken, f"the schema takes what the models refuse: {sorted(found - BEYOND)}"


def test_the_file_is_what_the_code_generates():
    """`python3 dev.py openapi` writes it."""
    path = ROOT / "docs" / "rule-document.schema.json"
    assert path.read_text("utf-8") == as_file()


def test_it_is_a_schema():
    Draft202012Validator.check_schema(rule_schema())


@pytest.mark.parametrize(
    "document",
    [
        AROUND | REFERS | {"when": {"measure": "ongoing_days", "op": "at_least", "value": 1}},
        AROUND
        | {
            "rungs": [
                REFERS | {"when": {"not": {"measure": "period_days", "op": "at_most", "value": 1}}}
            ]
        },
    ],
)
def test_it_takes_everything_that_a_document_may_say(document: Any):
    assert codes(document) == set()
    assert SCHEMA.is_valid(document)


@examples(400)
@given(st.data())
def test_it_takes_what_the_models_take_and_nothing_else(data: Any):
    when = data.draw(conditions(3))
    rung = (REFERS if data.draw(st.booleans()) else {"action": "notify"}) | {"when": when}
    around = AROUND if data.draw(st.booleans()) else {"id": "r"}
    document = copy.deepcopy(around | (rung if data.draw(st.booleans()) else {"rungs": [rung] * 2}))
    for _ in range(data.draw(st.integers(0, 2))):
        holder, key = data.draw(st.sampled_from(list(places(document))))
        change = data.draw(st.sampled_from(["put", "drop", "add"]))
        if change == "put":
            holder[key] = copy.deepcopy(data.draw(st.sampled_from(NOISE)))
        elif change == "drop":
            del holder[key]
        elif isinstance(holder, dict):
            holder[data.draw(st.sampled_from(NAMES))] = data.draw(st.sampled_from(NOISE))
    agrees(document)
