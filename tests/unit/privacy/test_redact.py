"""Validation errors for outsiders: a pointer into what was sent, a stable code, our own words."""

import re
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError, field_validator

import app as app_package
from app.core.errors import InvalidInput
from app.core.wire import WireModel
from app.intake.schemas import EVENT
from app.people.schemas import OneOrSeveral
from app.privacy.fields import WHY
from app.privacy.redact import _WORDS, field_errors, validated
from app.rules.document import RuleDocument

LEAF = {"measure": "episodes", "window": {"months": 12}, "op": "at_least", "value": 5}
SECRET = "hemlighet"


def found(adapter: TypeAdapter[Any], sent: Any) -> list[tuple[str, str]]:
    """Where and what, for every error."""
    with pytest.raises(ValidationError) as refused:
        adapter.validate_python(sent)
    errors = field_errors(refused.value.errors())
    assert SECRET not in repr(errors)
    return [(error.pointer, error.code) for error in errors]


def of_rule(when: Any, **more: Any) -> list[tuple[str, str]]:
    sent = {"id": "r", "when": when, "action": "notify"} | more
    return found(TypeAdapter(RuleDocument), sent)


class Limited(WireModel):
    """A field of each kind of limit."""

    choice: Literal["one", "two"] = "one"
    least: Annotated[int, Field(ge=1)] = 1
    most: Annotated[int, Field(le=10)] = 1
    above: Annotated[float, Field(gt=0)] = 1.0
    below: Annotated[float, Field(lt=0.5)] = 0.1
    text: Annotated[str, Field(min_length=3, max_length=5)] = "abc"
    items: Annotated[tuple[str, ...], Field(min_length=1, max_length=2)] = ("a",)


class TestLimits:
    @pytest.mark.parametrize(
        ("sent", "words"),
        [
            ({"choice": SECRET}, "Not one of the values this field takes: 'one' or 'two'."),
            ({"least": 0}, "Too small: it is to be at least 1."),
            ({"most": 4711}, "Too large: it is to be at most 10."),
            ({"above": 0.0}, "Too small: it is to be more than 0."),
            ({"below": 47.11}, "Too large: it is to be less than 0.5."),
            ({"text": "ab"}, "Too short: the least length is 3."),
            ({"text": SECRET}, "Too long: the greatest length is 5."),
            ({"items": ()}, "Too few: there are to be at least 1."),
            ({"items": (SECRET,) * 4711}, "Too many: there are to be at most 2."),
        ],
    )
    def test_say_what_would_be_taken_and_never_what_was_sent(self, sent: Any, words: str):
        with pytest.raises(InvalidInput) as refused:
            validated(Limited, sent)
        [error] = refused.value.errors
        assert error.detail == words

    def test_have_none_of_our_own_errors_among_them(self):
        """Those have words of their own, and no limits to put into ours."""
        app = Path(app_package.__file__).parent
        sources = [path.read_text("utf-8") for path in app.rglob("*.py")]
        own = {kind for text in sources for kind in re.findall(r'CustomError\(\s*"(\w+)"', text)}
        assert len(own) > 10
        assert own & _WORDS.keys() == set()

    def test_name_the_types_of_an_event(self):
        with pytest.raises(ValidationError) as refused:
            EVENT.validate_python({"type": SECRET})
        [error] = field_errors(refused.value.errors())
        assert "'absence.reported', 'absence.changed'" in error.detail
        assert SECRET not in error.detail


class TestPointer:
    @pytest.mark.parametrize(
        ("when", "wrong"),
        [
            (LEAF | {"value": SECRET}, [("#/when/value", "invalid_integer")]),
            ({"all": [LEAF, LEAF | {"op": SECRET}]}, [("#/when/all/1/op", "invalid_choice")]),
            (
                {"any": [{"not": {"all": [LEAF | {"window": {"days": 0}}]}}]},
                [("#/when/any/0/not/all/0/window/days", "out_of_range")],
            ),
            ({"not": {"not": {"not": SECRET}}}, [("#/when/not/not/not", "invalid_object")]),
            ({"all": SECRET}, [("#/when/all", "invalid_list")]),
            ({"all": []}, [("#/when/all", "too_short")]),
            (
                LEAF | {"measure": "weekday_starts", "weekdays": [8]},
                [("#/when/weekdays/0", "out_of_range")],
            ),
            ({"any": [LEAF], "all": [LEAF]}, [("#/when/any", "unknown_field")]),
            ({"any": [LEAF], "leaf": LEAF}, [("#/when/leaf", "unknown_field")]),
            ({"not": LEAF, "value": 1}, [("#/when/value", "unknown_field")]),
            ([LEAF], [("#/when", "invalid_object")]),
            (None, [("#/when", "invalid_object")]),
            (
                {},
                [
                    ("#/when/measure", "required"),
                    ("#/when/op", "required"),
                    ("#/when/value", "required"),
                ],
            ),
        ],
    )
    def test_leads_through_a_condition_without_the_names_of_its_forms(self, when: Any, wrong: Any):
        assert of_rule(when) == wrong

    @pytest.mark.parametrize(
        ("sent", "wrong"),
        [
            ({"type": "absence.cancelled", "id": 1}, ("#/id", "invalid_string")),
            ({"type": "absence.ended", "well_from": SECRET}, ("#/well_from", "invalid_date")),
            ({"type": "absence.changed", "x": SECRET}, ("#/x", "unknown_field")),
            ({"type": SECRET}, ("#/type", "invalid_choice")),
            ({}, ("#/type", "required")),
            (SECRET, ("#", "invalid_object")),
            (None, ("#", "invalid_object")),
            ([], ("#", "invalid_object")),
        ],
    )
    def test_leads_through_an_event_without_the_name_of_its_type(self, sent: Any, wrong: Any):
        assert wrong in found(EVENT, sent)
        assert not any("absence." in pointer for pointer, _ in found(EVENT, sent))

    def test_ends_before_a_name_that_is_none_of_ours(self):
        class Odd(BaseModel):
            odd: dict[str, int]

        sent = {"odd": {"a/b~c": SECRET}}
        assert found(TypeAdapter(Odd), sent) == [("#/odd", "invalid_integer")]

    @pytest.mark.parametrize("place", ["body", "query", "path"])
    def test_leaves_out_where_the_framework_found_it(self, place: str):
        error = {"type": "int_parsing", "loc": (place, "limit"), "msg": SECRET, "input": SECRET}
        [told] = field_errors([error])
        assert (told.pointer, told.code) == ("#/limit", "invalid_integer")
        assert SECRET not in told.detail

    @pytest.mark.parametrize(
        ("sent", "pointer"),
        [
            ([{"employee": 1}], "#/0/employee"),
            ({"employee": 1}, "#/employee"),
            ([{"employee": "1"}, {"employee": "2", "unit": ""}], "#/1/unit"),
        ],
    )
    def test_leads_to_the_one_form_that_was_sent_of_one_or_many(self, sent: Any, pointer: str):
        adapter: TypeAdapter[Any] = TypeAdapter(OneOrSeveral)
        assert [where for where, _ in found(adapter, sent)] == [pointer]


class TestUnknownField:
    def test_is_pointed_at_by_its_name_where_that_is_plain(self):
        assert of_rule(LEAF, colour="x") == [("#/colour", "unknown_field")]
        assert of_rule(LEAF | {"colour_code": "x"}) == [("#/when/colour_code", "unknown_field")]

    @pytest.mark.parametrize(
        "name", ["196101182803", "Anna Andersson", "åsa", "a1", "x" * 41, "a/b", "", "<b>"]
    )
    def test_is_not_named_where_its_name_may_be_a_value_gone_astray(self, name: str):
        assert of_rule(LEAF, **{name: 1}) == [("#", "unknown_field")]
        assert of_rule({"not": LEAF | {name: 1}}) == [("#/when/not", "unknown_field")]

    @pytest.mark.parametrize("name", ["diagnosis", "Orsak", "comment"])
    def test_that_would_say_why_is_told_why_not(self, name: str):
        with pytest.raises(InvalidInput) as refused:
            validated(RuleDocument, {"id": "r", "when": LEAF, "action": "notify", name: SECRET})
        [error] = refused.value.errors
        assert (error.pointer, error.code, error.detail) == (f"#/{name}", "forbidden_field", WHY)

    def test_that_would_say_why_is_known_also_where_it_is_not_named(self):
        assert of_rule(LEAF, **{"icd-10": 1}) == [("#", "forbidden_field")]


class Everything(WireModel):
    number: int = Field(default=1, ge=1, le=9)
    text: str = Field(default="ab", min_length=2, max_length=3, pattern="^a")
    yes: bool = True
    several: list[int] = Field(default=[1], min_length=1, max_length=2)
    choice: Literal["a"] = "a"
    inner: dict[str, int] = Field(default={})
    ours: Annotated[str, Field()] = "x"

    @field_validator("ours")
    @classmethod
    def _never(cls, value: str) -> str:
        raise ValueError(f"not {value}")


class TestWords:
    @pytest.mark.parametrize(
        ("field", "value", "code"),
        [
            ("number", SECRET, "invalid_integer"),
            ("number", 1.0, "invalid_integer"),
            ("number", 1.5, "invalid_integer"),
            ("number", True, "invalid_integer"),
            ("number", 0, "out_of_range"),
            ("number", 10, "out_of_range"),
            ("text", 1, "invalid_string"),
            ("text", "a", "too_short"),
            ("text", "a" + SECRET, "too_long"),
            ("text", "bb", "invalid_format"),
            ("yes", 1, "invalid_boolean"),
            ("yes", "true", "invalid_boolean"),
            ("several", SECRET, "invalid_list"),
            ("several", [], "too_short"),
            ("several", [1, 2, 3], "too_long"),
            ("choice", SECRET, "invalid_choice"),
            ("inner", SECRET, "invalid_object"),
            ("ours", SECRET, "value_error"),
        ],
    )
    def test_are_ours_and_hold_nothing_that_was_sent(self, field: str, value: Any, code: str):
        with pytest.raises(InvalidInput) as refused:
            validated(Everything, {field: value})
        [error] = refused.value.errors
        assert (error.pointer, error.code) == (f"#/{field}", code)
        assert SECRET not in error.detail
        assert error.detail.endswith(".")

    def test_are_the_same_for_all_that_is_wrong_at_once(self):
        with pytest.raises(InvalidInput) as refused:
            validated(Everything, {"number": SECRET, "several": ["a", 1.5], "more": 1})
        assert [(error.pointer, error.code) for error in refused.value.errors] == [
            ("#/number", "invalid_integer"),
            ("#/several/0", "invalid_integer"),
            ("#/several/1", "invalid_integer"),
            ("#/more", "unknown_field"),
        ]


class TestValidated:
    def test_gives_the_model_of_what_is_valid(self):
        assert validated(RuleDocument, {"id": "r", "when": LEAF, "action": "notify"}).id == "r"

    def test_leaves_no_way_back_to_what_was_sent(self):
        """A logged traceback shows the chain of errors; pydantic's holds the input."""
        with pytest.raises(InvalidInput) as refused:
            validated(Everything, {"number": SECRET})
        assert refused.value.__cause__ is None
        assert refused.value.__suppress_context__
