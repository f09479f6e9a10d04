"""Wire forms of events: four types, told apart by `type`, unknown fields refused."""

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, RootModel, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from app.core.errors import FieldError
from app.core.wire import FURTHEST, Day, Instant, Key, WireModel, what_is_named_only
from app.intake.event import Event, Kind, make_event

Extent = Annotated[int, Field(ge=1, le=100, description="whole percent of full time")]
_AHEAD = timedelta(days=1)


class _Said(WireModel):
    id: Key = Field(description="the source's own id of this event; with `source` its identity")
    source: Key = Field(description="the system that says it", examples=["heroma"])
    occurred_at: Instant = Field(description="when it was said; decides which of two holds")
    employee: Key = Field(description="employment number (anställningsnummer)")
    absence: Key = Field(description="the source's own name for this absence")


class AbsenceReported(_Said):
    """Sjukanmälan: sets everything anew, and undoes an earlier cancellation."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "id": "hr-88123",
                    "source": "heroma",
                    "type": "absence.reported",
                    "occurred_at": "2026-03-02T06:58:00+01:00",
                    "employee": "10234",
                    "absence": "A-5521",
                    "first_day": "2026-03-02",
                    "extent": 100,
                    "kind": "sickness",
                }
            ]
        }
    )

    type: Literal["absence.reported"]
    first_day: Day
    last_day: Day | None = None
    extent: Extent = 100
    kind: Kind = "sickness"


class AbsenceChanged(_Said):
    """Overwrites the fields it names; `last_day: null` reopens."""

    model_config = ConfigDict(json_schema_extra=what_is_named_only())

    type: Literal["absence.changed"]
    first_day: Day = Field(default=date(1990, 1, 1))
    last_day: Day | None = None
    extent: Extent = 100
    extent_from: Day = Field(default=date(1990, 1, 1), description="`extent` holds from that day")
    kind: Kind = "sickness"

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        named = self.model_fields_set - set(_Said.model_fields) - {"type"}
        if not named:
            raise PydanticCustomError("nothing_changed", "name at least one field to change")
        if "extent_from" in named and "extent" not in named:
            raise PydanticCustomError("extent_missing", "extent_from goes with extent")
        return self


class AbsenceEnded(_Said):
    """Friskanmälan: the last sick day, or the first healthy one."""

    model_config = ConfigDict(json_schema_extra=what_is_named_only())

    type: Literal["absence.ended"]
    last_day: Day = Field(default=date(1990, 1, 1))
    well_from: Day = Field(default=date(1990, 1, 1))

    @model_validator(mode="after")
    def _one_of_two(self) -> Self:
        if len(self.model_fields_set & {"last_day", "well_from"}) != 1:
            raise PydanticCustomError("one_of_two", "exactly one of last_day and well_from")
        return self


class AbsenceCancelled(_Said):
    """Återkallad: the absence does not count."""

    type: Literal["absence.cancelled"]


class EventIn(RootModel[AbsenceReported | AbsenceChanged | AbsenceEnded | AbsenceCancelled]):
    """One event about one absence, told apart by `type`."""

    root: Annotated[
        AbsenceReported | AbsenceChanged | AbsenceEnded | AbsenceCancelled,
        Field(discriminator="type"),
    ]

    def event(self) -> Event:
        """The event as a value, of the fields that were sent."""
        return make_event(self.root.model_dump(exclude_unset=True))


EVENT = TypeAdapter(EventIn)


@lru_cache(maxsize=8)
def bounds(now: datetime) -> tuple[datetime, date]:
    """The latest instant and the furthest day that an event may name."""
    return now + _AHEAD, (now + FURTHEST).date()


def implausible(event: Event, now: datetime) -> list[FieldError]:
    """What no calendar allows: said more than a day ahead, or about days years from now."""
    errors = []
    latest, furthest = bounds(now)
    if event.occurred_at > latest:
        detail = "An event cannot have occurred more than a day from now."
        errors.append(FieldError("#/occurred_at", "occurred_in_future", detail))
    for name, value in event.said.items():
        if isinstance(value, date) and value > furthest:
            detail = "Days lie between 1990 and two years from now."
            errors.append(FieldError(f"#/{name}", "date_out_of_range", detail))
    return errors


class EventOut(BaseModel):
    """What became of one event. `flags`: those that its transaction raised or changed."""

    status: Literal["created", "duplicate"]
    employee_id: str
    flags: list[str]


class FieldErrorOut(BaseModel):
    """What is wrong with one field of an item."""

    pointer: str
    code: str
    detail: str


class BatchItemOut(BaseModel):
    """What became of one item of a batch."""

    model_config = ConfigDict(json_schema_extra={"required": ["status"]})

    status: Literal["created", "duplicate", "conflict", "invalid"]
    employee_id: str | None = None
    flags: list[str] | None = None
    errors: list[FieldErrorOut] | None = None
