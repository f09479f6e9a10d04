"""Wire forms of series of meetings, their slots, and bookings."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.wire import Day, Instant, Key, WireModel
from app.meetings.kinds import Role
from app.meetings.schemas import USUAL, Consent, Roles

SeriesKind = Literal["alignment", "follow_up", "three_party"]
LocalTime = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
"""A wall time of the tenant's zone, HH:MM."""
_MINUTES_A_DAY = 24 * 60


def minutes_of(at: str) -> int:
    """The minute of the day of a wall time."""
    hours, minutes = at.split(":")
    return int(hours) * 60 + int(minutes)


def passes_midnight(at: str, length: timedelta) -> bool:
    """Whether something that long and begun then would last into the next day."""
    return minutes_of(at) + length // timedelta(minutes=1) > _MINUTES_A_DAY


class SeriesIn(WireModel):
    """Times set aside for meetings, every week or every second one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "alignment",
                    "first_day": "2026-03-17",
                    "at": "09:00",
                    "interval_weeks": 2,
                    "slots": 4,
                    "slot_minutes": 45,
                    "participants": ["employee", "manager", "agency", "primary_care"],
                }
            ]
        }
    )

    kind: SeriesKind
    unit: Key | None = Field(default=None, description="whom the times are meant for; default all")
    first_day: Day
    last_day: Day | None = Field(default=None, description="default: until it is ended")
    at: LocalTime = Field(description="when the first slot begins, local time of the employer")
    interval_weeks: Literal[1, 2]
    slots: int = Field(ge=1, le=24, description="one after the other")
    slot_minutes: int = Field(ge=10, le=240)
    capacity: int = Field(default=1, ge=1, le=50, description="meetings at once in a slot")
    participants: Roles | None = Field(default=None, description="default: the usual ones")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if self.last_day is not None and self.last_day < self.first_day:
            raise PydanticCustomError("range_reversed", "last_day is before first_day")
        if passes_midnight(self.at, timedelta(minutes=self.slots * self.slot_minutes)):
            raise PydanticCustomError("passes_midnight", "the slots last into the next day")
        who = set(self.roles)
        if self.kind == "three_party" and not (
            {"employee", "provider"} <= who and who & {"manager", "hr"}
        ):
            raise PydanticCustomError(
                "roles_missing",
                "a three-party talk has the employee, the employer and the provider",
            )
        return self

    @property
    def roles(self) -> list[Role]:
        """Who takes part, each role once."""
        return list(dict.fromkeys(self.participants or USUAL[self.kind]))


class ChangeOut(BaseModel):
    """One occurrence that differs from the rule, by the day the rule gives it."""

    day: Day
    moved_to: Day | None
    at: str | None
    cancelled: bool


class SeriesOut(BaseModel):
    """A series, with the occurrences that were moved or cancelled."""

    id: str
    kind: SeriesKind
    unit: str | None
    first_day: Day
    last_day: Day | None
    at: str
    interval_weeks: int
    slots: int
    slot_minutes: int
    capacity: int
    participants: list[Role]
    changes: list[ChangeOut]


class SlotOut(BaseModel):
    """A slot of an occurrence. `free`: how many meetings may still be booked; none in the past."""

    occurrence: Day = Field(description="the day the rule gives; stays when it is moved")
    slot: int = Field(description="from 1 on")
    starts_at: Instant
    minutes: int
    free: int


class BookIn(WireModel):
    """A meeting in the next free slot, or in the one that is wished for."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "employee_id": "emp_01k0000000000000000000000000",
                    "not_before": "2026-03-20",
                    "consent": {"given_on": "2026-03-02"},
                }
            ]
        }
    )

    employee_id: str = Field(max_length=40)
    referral_id: str | None = Field(default=None, max_length=40)
    not_before: Day | None = Field(default=None, description="for the next free one from a day on")
    occurrence: Day | None = Field(default=None, description="a wished one, by the rule's day")
    slot: int | None = Field(default=None, ge=1, le=24, description="a wished slot in it")
    consent: Consent | None = None

    @model_validator(mode="after")
    def _one_wish(self) -> Self:
        if self.slot is not None and self.occurrence is None:
            raise PydanticCustomError("occurrence_missing", "a slot is wished in an occurrence")
        if self.occurrence is not None and self.not_before is not None:
            raise PydanticCustomError("one_of_two", "either an occurrence or the next free one")
        return self


class OccurrenceMoveIn(WireModel):
    """Another day, and another time where `at` is given, for one occurrence."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"to": "2026-04-01", "at": "13:00"}]})

    to: Day
    at: LocalTime | None = Field(default=None, description="default: the series' own")


class OccurrenceOut(BaseModel):
    """One occurrence as it now is, and the planned meetings in it."""

    series_id: str
    day: Day
    state: Literal["planned", "moved", "cancelled"]
    starts_at: Instant
    minutes: int
    meetings: list[str] = Field(description="ids of the meetings planned in it")


class SeriesEndIn(WireModel):
    """The last day on which the series takes place."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"last_day": "2026-06-30"}]})

    last_day: Day
