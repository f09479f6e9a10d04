"""Wire forms of employees, absences and episodes."""

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from app.core.wire import Day, Key, WireModel, what_is_named_only

View = Literal["spells", "sick_pay_periods", "episodes"]


class EmploymentPeriod(WireModel):
    """A period of employment; open without a last day. Both ends included."""

    first_day: Day
    last_day: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day is not None and self.last_day < self.first_day:
            raise PydanticCustomError("range_reversed", "the last day is before the first")
        return self


class EmployeeIn(WireModel):
    """What is known of an employee; what is not named stays as it is."""

    model_config = ConfigDict(
        json_schema_extra=what_is_named_only(
            {
                "employee": "10234",
                "unit": "hemtjansten-norr",
                "employment": [{"first_day": "2021-04-01"}],
            }
        )
    )

    employee: Key = Field(description="employment number (anställningsnummer)")
    unit: Key | None = None
    employment: list[EmploymentPeriod] = Field(default=[], max_length=100)


def _how_many(value: Any) -> str:
    return "(several)" if isinstance(value, list) else "(one)"


OneOrSeveral = Annotated[
    Annotated[EmployeeIn, Tag("(one)")] | Annotated[list[EmployeeIn], Tag("(several)")],
    Discriminator(_how_many),
]


class EmployeeOut(BaseModel):
    """An employee."""

    id: str
    employee: str
    unit: str | None
    employment: list[EmploymentPeriod]


class EmployeesOut(BaseModel):
    """The employees of a list, in its order."""

    items: list[EmployeeOut]


class EmployeeSearch(WireModel):
    """Whom to find; in the body, so that no number stands in an address."""

    employee: Key | None = None
    unit: Key | None = None
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=200)


class ExtentFrom(BaseModel):
    """From that day on, so many percent."""

    extent_from: Day
    extent: int


class AbsenceOut(BaseModel):
    """What a source now says of one absence."""

    source: str
    absence: str
    first_day: Day | None
    last_day: Day | None
    kind: str
    extent: int
    extents: list[ExtentFrom]
    status: Literal["counted", "not_counted", "cancelled", "empty", "incomplete"]


class GroupOut(BaseModel):
    """A spell, sick-pay period or episode, as it stands on `as_of`."""

    first_day: Day
    last_day: Day
    sick_days: int
    span_days: int
    ongoing: bool
    short: bool


class GroupsOut(BaseModel):
    """One view of an employee's sick days."""

    view: View
    as_of: Day
    items: list[GroupOut]
