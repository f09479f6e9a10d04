"""Wire forms of employees and units."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from app.absences.policy import EmploymentForm
from app.core.wire import Day, Key, WireModel, what_is_named_only
from app.intake.schemas import FieldErrorOut

Phone = Annotated[str, Field(min_length=3, max_length=40, pattern=r"^\+?[0-9 ()/.-]+$")]
Email = Annotated[
    str,
    Field(
        min_length=3,
        max_length=254,
        pattern=r'^[^@\s,;:<>()\[\]\\"\x00-\x1f\x7f]+@[^@\s,;:<>()\[\]\\"\x00-\x1f\x7f]+$',
    ),
]


class ContactIn(WireModel):
    """How to reach somebody. What is not named stays; null clears."""

    model_config = ConfigDict(
        json_schema_extra=what_is_named_only(
            {"name": "Kim Exempel", "phone": "070-174 06 05", "email": "kim.exempel@example.se"}
        )
    )

    name: Key | None = None
    phone: Phone | None = None
    email: Email | None = None


class ContactOut(BaseModel):
    """How to reach a manager or HR."""

    name: str | None
    phone: str | None
    email: str | None


class EmploymentPeriod(WireModel):
    """A period of employment; open without a last day. Both ends included."""

    first_day: Day
    last_day: Day | None = None
    form: EmploymentForm | None = Field(
        default=None,
        description="form of employment (anställningsform): tillsvidare, visstid, timanställning, "
        "provanställning, annan; rules may be about some of them alone",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day is not None and self.last_day < self.first_day:
            raise PydanticCustomError("range_reversed", "the last day is before the first")
        return self


class EmployeeIn(WireModel):
    """What is known of an employee; what is not named stays as it is, null clears.

    Contact and personal number are kept encrypted. The occupational-health provider of an open
    referral gets them; no other answer has them.
    """

    model_config = ConfigDict(
        json_schema_extra=what_is_named_only(
            {
                "employee": "10234",
                "unit": "hemtjansten-norr",
                "employment": [{"first_day": "2021-04-01"}],
                "contact": {"name": "Kim Exempel", "phone": "070-174 06 05"},
                "personal_number": "19121212-1212",
            }
        )
    )

    employee: Key = Field(description="employment number (anställningsnummer)")
    unit: Key | None = None
    employment: list[EmploymentPeriod] = Field(default=[], max_length=100)
    contact: ContactIn | None = None
    personal_number: str | None = Field(
        default=None,
        max_length=100,
        description="personal or coordination number (personnummer, samordningsnummer), with ten "
        "or twelve digits; reserve numbers with letters (T-nummer) are not taken",
    )
    protected: bool = Field(
        default=False,
        description="protected personal data (skyddade personuppgifter): nothing that tells who "
        "somebody is goes to a provider, and the contact is made on paper; at first false",
    )
    sex: Literal["female", "male"] | None = Field(
        default=None, description="for aggregated reports alone; never answered for a person"
    )


def _how_many(value: Any) -> str:
    return "(several)" if isinstance(value, list) else "(one)"


OneOrSeveral = Annotated[
    Annotated[EmployeeIn, Tag("(one)")] | Annotated[list[EmployeeIn], Tag("(several)")],
    Discriminator(_how_many),
]


class EmployeeOut(BaseModel):
    """An employee. Of contact and personal number only whether they are on file."""

    id: str
    employee: str
    unit: str | None
    employment: list[EmploymentPeriod]
    protected: bool = Field(description="protected personal data (skyddade personuppgifter)")
    has_contact: bool
    has_personal_number: bool
    same_person: list[str] = Field(
        description="the other employments known to be the same person's, judged with this one"
    )


class JoinIn(WireModel):
    """With which other employment."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"with": "emp_01k0000000000000000000000000"}]}
    )

    with_: str = Field(alias="with", max_length=40, description="the id of the other employee")


class EmployeesOut(BaseModel):
    """The employees of a list, in its order."""

    items: list[EmployeeOut]


class RosterRow(BaseModel):
    """What became of a row of a roster. `row`: its line in the file, from 1.

    The pointer of an error is that of a column, by the name of its field.
    """

    row: int
    status: Literal["created", "updated", "error"]
    employee_id: str | None = None
    errors: list[FieldErrorOut] = []


class RosterCounts(BaseModel):
    """How many rows there were, how many of them were wrong, and how many employees they are."""

    rows: int
    errors: int
    created: int
    updated: int


class RosterDetected(BaseModel):
    """How the text was found to be written, and which columns were read; others are not."""

    encoding: str
    delimiter: str
    columns: list[str]
    passed_over: list[int] = Field(
        description="places, from 1, of the named columns that were not read"
    )


class RosterOut(BaseModel):
    """What became of a roster: a result for each row, in order."""

    counts: RosterCounts
    detected: RosterDetected
    rows: list[RosterRow]


class EmployeeSearch(WireModel):
    """Whom to find; in the body, so that no number stands in an address."""

    employee: Key | None = None
    unit: Key | None = None
    limit: int = Field(default=50, ge=1, le=200)
    cursor: str | None = Field(default=None, max_length=200)


class ManagerIn(WireModel):
    """Who leads a unit from a day on, until the next. Without employee and contact: nobody does.

    Who has the same `employee` and `from` as before is the same manager, with the same id.
    """

    model_config = ConfigDict(json_schema_extra=what_is_named_only())

    employee: Key | None = Field(default=None, description="the manager's own employment number")
    contact: ContactIn | None = None
    since: Day = Field(alias="from")


class ClosureIn(WireModel):
    """Days on which a unit is closed (school holidays, July); both ends included."""

    first_day: Day
    last_day: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise PydanticCustomError("range_reversed", "the last day is before the first")
        return self


class UnitIn(WireModel):
    """What is known of a unit; what is not named stays as it is, null clears.

    Managers and closures are given whole. A parent may stand in the same list.
    """

    model_config = ConfigDict(
        json_schema_extra=what_is_named_only(
            {
                "unit": "hemtjansten",
                "hr_fallback": {"name": "HR-enheten", "email": "hr@example.se"},
                "closures": [{"first_day": "2026-07-06", "last_day": "2026-08-02"}],
                "managers": [
                    {
                        "employee": "20117",
                        "contact": {"name": "Robin Exempel", "email": "robin.exempel@example.se"},
                        "from": "2026-01-01",
                    }
                ],
            }
        )
    )

    unit: Key
    parent: Key | None = None
    managers: list[ManagerIn] = Field(default=[], max_length=50)
    hr_fallback: ContactIn | None = Field(
        default=None,
        description="who is told where there is no manager, none with an e-mail address, or the "
        "manager is the employee; a function rather than a person",
    )
    closures: list[ClosureIn] = Field(
        default=[],
        max_length=100,
        description="deadlines of the unit, and of those under it, stand still meanwhile",
    )
    alignment_from_day: int | None = Field(
        default=None,
        ge=1,
        le=365,
        description="day of a sick leave from which an alignment meeting (avstämningsmöte) is "
        "proposed; null: as the parent, in the end the tenant, has it",
    )

    @field_validator("managers")
    @classmethod
    def _one_at_a_time(cls, value: list[ManagerIn]) -> list[ManagerIn]:
        if len({manager.since for manager in value}) < len(value):
            raise PydanticCustomError("duplicate_from", "two managers begin on the same day")
        return value


OneUnitOrSeveral = Annotated[
    Annotated[UnitIn, Tag("(one)")] | Annotated[list[UnitIn], Tag("(several)")],
    Discriminator(_how_many),
]


class ManagerOut(BaseModel):
    """Who leads a unit from a day on, until the next."""

    id: str
    employee: str | None
    contact: ContactOut | None
    since: Day = Field(alias="from")


class UnitOut(BaseModel):
    """A unit, with whom to tell of what waits in it."""

    id: str
    unit: str
    parent: str | None
    managers: list[ManagerOut]
    hr_fallback: ContactOut | None
    closures: list[ClosureIn]
    alignment_from_day: int | None


class UnitsOut(BaseModel):
    """The units of a list, in its order."""

    items: list[UnitOut]
