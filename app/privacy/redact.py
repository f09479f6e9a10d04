"""Validation errors for outsiders: where and why, with a stable code - never what was sent."""

from collections.abc import Container, Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from app.core.errors import FieldError, InvalidInput
from app.privacy.fields import WHY, is_forbidden

_WORDS: Mapping[str, tuple[str, str]] = {
    "missing": ("required", "This field is required."),
    "extra_forbidden": ("unknown_field", "This field is not known here."),
    "int_type": ("invalid_integer", "An integer is needed."),
    "int_parsing": ("invalid_integer", "An integer is needed."),
    "int_from_float": ("invalid_integer", "An integer is needed."),
    "bool_type": ("invalid_boolean", "true or false is needed."),
    "bool_parsing": ("invalid_boolean", "true or false is needed."),
    "string_type": ("invalid_string", "A string is needed."),
    "list_type": ("invalid_list", "A list is needed."),
    "tuple_type": ("invalid_list", "A list is needed."),
    "dict_type": ("invalid_object", "An object is needed."),
    "model_type": ("invalid_object", "An object is needed."),
    "model_attributes_type": ("invalid_object", "An object is needed."),
    "literal_error": ("invalid_choice", "Not one of the values this field takes: {expected}."),
    "enum": ("invalid_choice", "Not one of the values this field takes: {expected}."),
    "union_tag_not_found": ("required", "This field decides what the rest means."),
    "union_tag_invalid": (
        "invalid_choice",
        "Not one of the values this field takes: {expected_tags}.",
    ),
    "greater_than": ("out_of_range", "Too small: it is to be more than {gt}."),
    "greater_than_equal": ("out_of_range", "Too small: it is to be at least {ge}."),
    "less_than": ("out_of_range", "Too large: it is to be less than {lt}."),
    "less_than_equal": ("out_of_range", "Too large: it is to be at most {le}."),
    "string_too_short": ("too_short", "Too short: the least length is {min_length}."),
    "string_too_long": ("too_long", "Too long: the greatest length is {max_length}."),
    "too_short": ("too_short", "Too few: there are to be at least {min_length}."),
    "too_long": ("too_long", "Too many: there are to be at most {max_length}."),
    "string_pattern_mismatch": ("invalid_format", "The text has not the form this field takes."),
}
_OWN_WORDS = "Not valid here."
_LIMITS = ("expected", "expected_tags", "gt", "ge", "lt", "le", "min_length", "max_length")
"""Of what an error tells of itself, what the schema says; all else may be the sender's."""
MOST_TOLD = 100
"""Errors of one body that are told: more help nobody, and would be many times what was sent."""


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    """Pydantic's errors in our words, the first hundred of them."""
    told = errors[:MOST_TOLD]
    places = [tuple(error["loc"]) for error in told]
    within = {place[:end] for place in places for end in range(len(place))}
    return [_field_error(error) for error in told if not _only_follows(error, within)]


def _only_follows(error: Mapping[str, Any], within: Container[Any]) -> bool:
    """Items that are wrong themselves are not counted, and a list of them then seems too short."""
    return error["type"] == "too_short" and tuple(error["loc"]) in within


def _field_error(error: Mapping[str, Any]) -> FieldError:
    location = list(error["loc"])
    where = location[1:] if location and location[0] in ("body", "query", "path") else location
    kind = str(error["type"])
    steps = _steps(where)
    if kind.startswith("union_tag") and "type" not in steps:
        steps.append("type")
    pointer = "#" + "".join("/" + step for step in steps)
    if kind == "extra_forbidden":
        return _refused_field(pointer, where)
    if kind in _WORDS:
        code, detail = _WORDS[kind]
        return FieldError(pointer, code, detail.format_map(_limits(error)))
    # What is not in the table is one of our own validators: code and words are ours, too.
    return FieldError(pointer, kind, _own_words(error))


def _limits(error: Mapping[str, Any]) -> dict[str, Any]:
    known = error.get("ctx", {})
    limits = {name: known[name] for name in _LIMITS if name in known}
    return {n: int(v) if isinstance(v, float) and v.is_integer() else v for n, v in limits.items()}


def _refused_field(pointer: str, where: Sequence[Any]) -> FieldError:
    """A field we do not know. Its name is the sender's own and is not repeated in words."""
    if is_forbidden(str(where[-1])):
        return FieldError(pointer, "forbidden_field", WHY)
    return FieldError(pointer, *_WORDS["extra_forbidden"])


def _own_words(error: Mapping[str, Any]) -> str:
    known = not str(error["type"]).startswith(("value_error", "assertion_error"))
    return (
        f"{error['msg'][0].upper()}{error['msg'][1:]}."
        if known and "input" in error
        else _OWN_WORDS
    )


def _steps(where: Sequence[Any]) -> list[str]:
    """The location without the tags of unions, which name a form and not a field.

    A tag in parentheses is known by them. Others stand first where the whole body is a union, and
    wherever a condition stands: in `when`, in each part of `all` and `any`, in `not`. The location
    ends before a name that the sender has made up (of a field, or a key where any may stand) and
    that may be a value gone astray.
    """
    steps: list[str] = []
    in_condition, tag_follows = False, _is_whole(where)
    for step in where:
        if tag_follows or str(step).startswith("absence."):
            tag_follows = False
            continue
        if isinstance(step, str) and not _plain(step):
            if step.startswith("("):
                continue
            break
        steps.append(str(step))
        part = in_condition and (step == "not" or isinstance(step, int))
        tag_follows = part or (step == "when" and not in_condition)
        in_condition = in_condition or step == "when"
    return steps


def _plain(name: str) -> bool:
    """Whether a name is made of letters, as all of ours are."""
    return name.isascii() and name.replace("_", "").isalpha() and len(name) <= 40


def _is_whole(where: Sequence[Any]) -> bool:
    """Whether the location begins with the tag of a union that is the whole body."""
    return bool(where) and str(where[0]).startswith(("absence.", "("))


Model = TypeVar("Model", bound=BaseModel)


def validated(model: type[Model], document: Any) -> Model:
    """A document as a model; raises InvalidInput in our words."""
    try:
        return model.model_validate(document)
    except ValidationError as error:
        raise InvalidInput(field_errors(error.errors())) from None
