"""Conditions: what a rule may ask of a day, as typed data (semantics 5 and 6).

A closed set of measures and comparators; no expression language and nothing to evaluate. What
does not fit these models is refused with the place where it does not.
"""

import operator
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from app.rules.model import Model
from app.rules.windows import Unit

Windowed = Literal[
    "episodes",
    "all_episodes",
    "short_days",
    "sick_days",
    "bradford",
    "weekday_starts",
    "episode_increase",
]
Windowless = Literal["ongoing_days", "period_days"]
Measure = Literal[Windowed, Windowless]
Op = Literal["at_least", "more_than", "at_most", "less_than"]

COMPARATORS: Mapping[Op, Callable[[Any, int], Any]] = {
    "at_least": operator.ge,
    "more_than": operator.gt,
    "at_most": operator.le,
    "less_than": operator.lt,
}
"""Of a value and a limit; of many values at once in the columns of a population."""
WINDOWLESS: frozenset[str] = frozenset(get_args(Windowless))
_NULL = {"type": "null"}


def _if(measures: list[str], field: str) -> dict[str, Any]:
    """For these measures the field is given, for the others it is not, in JSON Schema."""
    given = {"required": [field], "properties": {field: {"not": _NULL}}}
    measured = {"properties": {"measure": {"enum": measures}}}
    return {"if": measured, "then": given, "else": {"properties": {field: _NULL}}}


def _one_property(schema: dict[str, Any]) -> None:
    """Exactly one of the properties, and not null, in JSON Schema."""
    schema |= {"minProperties": 1, "maxProperties": 1}
    for name, shown in schema["properties"].items():
        number = next(form for form in shown["anyOf"] if form != _NULL)
        schema["properties"][name] = number


class Window(Model):
    """Exactly one of the three; ends with the day judged."""

    model_config = ConfigDict(json_schema_extra=_one_property)

    days: int | None = Field(default=None, ge=1, le=3700)
    weeks: int | None = Field(default=None, ge=1, le=520)
    months: int | None = Field(default=None, ge=1, le=120)

    @model_validator(mode="after")
    def _exactly_one(self) -> Self:
        named = [unit for unit in get_args(Unit) if getattr(self, unit) is not None]
        if len(named) != 1 or len(self.model_fields_set) != 1:
            raise PydanticCustomError("window_form", "exactly one of days, weeks, months")
        return self

    @cached_property
    def form(self) -> tuple[Unit, int]:
        """The unit and how many of it."""
        unit: Unit = next(unit for unit in get_args(Unit) if getattr(self, unit) is not None)
        return unit, getattr(self, unit)


Key = tuple[str, str, int, frozenset[int]]
"""A measure with its window (unit, length) and weekdays: what has one value on a day."""


class Leaf(Model):
    """One measure compared with one limit."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                _if(list(get_args(Windowed)), "window"),
                _if(["weekday_starts"], "weekdays"),
            ]
        }
    )

    measure: Measure
    window: Window | None = None
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] | None = Field(
        default=None, strict=False, min_length=1, max_length=7, description="1 = Monday"
    )
    op: Op
    value: int = Field(ge=-100_000, le=1_000_000)

    @model_validator(mode="after")
    def _fits_the_measure(self) -> Self:
        if (self.window is None) != (self.measure in WINDOWLESS):
            needs = "takes no window" if self.window else "needs a window"
            raise PydanticCustomError("window_mismatch", f"this measure {needs}")
        if (self.weekdays is None) == (self.measure == "weekday_starts"):
            raise PydanticCustomError("weekdays_mismatch", "weekdays belong to weekday_starts")
        return self

    @cached_property
    def looks_at(self) -> Key:
        """What is compared with the limit."""
        unit, length = self.window.form if self.window else ("", 0)
        return self.measure, unit, length, frozenset(self.weekdays or ())


class All(Model):
    """Every part holds."""

    all: list["Condition"] = Field(min_length=1, max_length=20)


class AnyOf(Model):
    """At least one part holds."""

    any: list["Condition"] = Field(min_length=1, max_length=20)


class Not(Model):
    """The part does not hold."""

    not_: "Condition" = Field(alias="not")


def form_of(value: Any) -> str:
    """Which of the four forms a condition has; a leaf when it is none of the others."""
    if isinstance(value, dict):
        return next((form for form in ("all", "any", "not") if form in value), "leaf")
    forms: dict[type, str] = {All: "all", AnyOf: "any", Not: "not"}
    return forms.get(type(value), "leaf")


Condition = Annotated[
    Annotated[All, Tag("all")]
    | Annotated[AnyOf, Tag("any")]
    | Annotated[Not, Tag("not")]
    | Annotated[Leaf, Tag("leaf")],
    Discriminator(form_of),
]


def parts(condition: Condition) -> list[Condition]:
    """The direct parts of a condition; a leaf has none."""
    match condition:
        case All(all=inner) | AnyOf(any=inner):
            return inner
        case Not(not_=inner):
            return [inner]
    return []


def nodes(condition: Condition, depth: int = 1) -> Iterator[tuple[Condition, int]]:
    """Every condition in the tree with its depth, the root first at 1."""
    yield condition, depth
    for part in parts(condition):
        yield from nodes(part, depth + 1)


def leaves(condition: Condition) -> Iterator[Leaf]:
    """The comparisons of a tree, in reading order."""
    return (node for node, _ in nodes(condition) if isinstance(node, Leaf))


def wanted(condition: Condition, *, true: bool = True) -> Iterator[bool]:
    """Of each comparison, in reading order, whether the condition wants it to hold or not to."""
    if isinstance(condition, Leaf):
        yield true
    for part in parts(condition):
        yield from wanted(part, true=true != isinstance(condition, Not))
