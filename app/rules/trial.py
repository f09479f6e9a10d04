"""The tests that a rule carries: what was reported, and on which days the rule must ask. Pure.

The form is that of the worked cases in `tests/cases/semantics.json`, about one made-up employee.
"""

from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    ConfigDict,
    Field,
    SerializerFunctionWrapHandler,
    model_serializer,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.absences.policy import EmploymentForm
from app.intake.event import Kind
from app.rules.model import Day, Instant, Line, Model

CountedKind = Literal["sickness", "work_injury", "infection_carrier", "rehabilitation"]
Extent = Annotated[int, Field(ge=1, le=100)]
_AHEAD = timedelta(days=731)
_BACK = timedelta(days=3700)
_DATED = ("first_day", "last_day", "well_from", "extent_from")


def _given(*fields: str) -> list[Any]:
    """Each of the fields as given and not null, in JSON Schema."""
    return [
        {"required": [name], "properties": {name: {"not": {"type": "null"}}}} for name in fields
    ]


_SAYS_SOMETHING: dict[str, Any] = {
    "anyOf": [{"required": ["last_day"]}, *_given("first_day", "extent", "kind")],
    "if": _given("extent_from")[0],
    "then": _given("extent")[0],
}


class _Said(Model):
    """Who says it may be left out: the order of the list is then the order of time."""

    id: Line | None = Field(default=None, description="default: its place in the list")
    source: Line | None = None
    occurred_at: Instant | None = Field(
        default=None, description="given for every event of a test, or for none: in their order"
    )
    employee: Line | None = Field(
        default=None, description="made up: nothing about a real person belongs in a rule"
    )
    absence: Line

    @model_serializer(mode="wrap")
    def _as_said(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """The fields that were written: here null is not the same as nothing."""
        shown = handler(self)
        return {name: shown[name] for name in shown if name in self.model_fields_set}


class Reported(_Said):
    """Sjukanmälan."""

    type: Literal["absence.reported"]
    first_day: Day
    last_day: Day | None = None
    extent: Extent | None = None
    kind: Kind | None = None


class Changed(_Said):
    """A correction of the fields it names; `last_day: null` reopens."""

    model_config = ConfigDict(json_schema_extra=_SAYS_SOMETHING)

    type: Literal["absence.changed"]
    first_day: Day | None = None
    last_day: Day | None = None
    extent: Extent | None = None
    extent_from: Day | None = None
    kind: Kind | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.extent_from is not None and self.extent is None:
            raise PydanticCustomError("extent_missing", "extent_from goes with extent")
        named = (self.first_day, self.extent, self.kind)
        if "last_day" not in self.model_fields_set and not any(named):
            raise PydanticCustomError("nothing_changed", "name at least one field to change")
        return self


class Ended(_Said):
    """Friskanmälan: the last sick day, or the first healthy one."""

    model_config = ConfigDict(json_schema_extra={"oneOf": _given("last_day", "well_from")})

    type: Literal["absence.ended"]
    last_day: Day | None = None
    well_from: Day | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if (self.last_day is None) == (self.well_from is None):
            raise PydanticCustomError("one_of_two", "exactly one of last_day and well_from")
        return self


class Cancelled(_Said):
    """Återkallad."""

    type: Literal["absence.cancelled"]


TrialEvent = Annotated[Reported | Changed | Ended | Cancelled, Field(discriminator="type")]


class TrialPeriod(Model):
    """A period of employment; open without a last day."""

    first_day: Day
    last_day: Day | None = None
    form: EmploymentForm | None = None


class TrialWindow(Model):
    """Days that do not count."""

    first_day: Day
    last_day: Day


class TrialPolicy(Model):
    """How days count in a test; what is not named is as the semantics have it."""

    merge_gap_days: int | None = Field(default=None, ge=0, le=30)
    bridge_days_off: bool | None = None
    holidays: list[Day] | None = Field(default=None, max_length=400)
    short_max_days: int | None = Field(default=None, ge=1, le=366)
    min_extent: int | None = Field(default=None, ge=1, le=100)
    counted_kinds: list[CountedKind] | None = Field(default=None, min_length=1, max_length=4)
    exclusion_windows: list[TrialWindow] | None = Field(default=None, max_length=20)


class Expected(Model):
    """A trigger that must come. Of what is not said either will do."""

    on: Day
    kind: Literal["crossing", "renewal"] | None = None
    accepted: bool | None = Field(
        default=None, description="false: within the re-arm time of the one before"
    )
    rung: int | None = Field(default=None, ge=1, le=9, description="of a ladder; default 1")


class Trial(Model):
    """One test: with these reports these are all the triggers up to `as_of`.

    An empty list says that the rule must not ask for attention.
    """

    name: Line | None = None
    policy: TrialPolicy | None = None
    employment: list[TrialPeriod] | None = Field(default=None, max_length=20)
    events: list[TrialEvent] = Field(max_length=100)
    as_of: Day
    triggers: list[Expected] = Field(max_length=100)

    @model_validator(mode="after")
    def _is_told_in_order(self) -> Self:
        if len({event.occurred_at is None for event in self.events}) > 1:
            raise PydanticCustomError(
                "occurred_at_missing", "occurred_at stands in every event or in none"
            )
        if len({event.employee for event in self.events} - {None}) > 1:
            raise PydanticCustomError("one_employee", "a test is about one employee")
        return self

    @model_validator(mode="after")
    def _is_of_one_time(self) -> Self:
        days = [day for event in self.events for day in _days_of(event)]
        if any(not self.as_of - _BACK <= day <= self.as_of + _AHEAD for day in days):
            raise PydanticCustomError(
                "date_out_of_range", "days lie between ten years before as_of and two after it"
            )
        return self


def _days_of(event: Model) -> list[date]:
    found = [getattr(event, name, None) for name in _DATED]
    return [day for day in found if day is not None]
