"""Mapping documents: how to read a company's own files, as data (PAXml: its codes; CSV: all).

A closed set of settings and no expressions; what does not fit is refused with its place.
"""

from collections import abc
from typing import Annotated, Literal, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.delimited import Delimiter
from app.core.text_lines import Encoding
from app.core.wire import WireModel
from app.intake.codes import NEVER, normal_code
from app.intake.dates import DateFormat
from app.intake.event import EventType

MAX_CODES = 500
MAX_COLUMNS = 10_000

Column = Annotated[str, Field(min_length=1, max_length=200)]
"""A column by its name in the header or, in a file without one, by its number from 1."""
Code = Annotated[str, Field(min_length=1, max_length=128)]
CodeKind = Literal["sickness", "work_injury", "infection_carrier", "rehabilitation"]
"""What a code can stand for. What is nobody's ill health is passed over, so it has no kind here."""


class Columns(WireModel):
    """Which columns of a CSV file say what. All others are never read.

    Days stand in `day`, or in `first_day` and `last_day`; an empty `last_day` is an absence that
    still goes on.
    """

    employee: Column | None = Field(default=None, description="employment number")
    personal_number: Column | None = Field(
        default=None, description="used where there is no employment number; never stored"
    )
    day: Column | None = Field(default=None, description="the one day a row is about")
    first_day: Column | None = None
    last_day: Column | None = None
    extent: Column | None = Field(default=None, description="empty: all of the day")
    hours: Column | None = Field(default=None, description="used where there is no extent")
    code: Column | None = Field(default=None, description="looked up in `codes`")
    occurred_at: Column | None = Field(default=None, description="when it was said")
    absence: Column | None = Field(
        default=None,
        description="the source's own name for it; not where one absence has several rows, of "
        "which the weightiest would hold alone",
    )
    id: Column | None = Field(
        default=None,
        description="the source's own id of the statement; used where a row has its `occurred_at`",
    )
    type: Column | None = Field(default=None, description="looked up in `types`")

    @model_validator(mode="after")
    def _says_who_and_when(self) -> Self:
        if self.employee is None and self.personal_number is None:
            raise PydanticCustomError("employee_missing", "name employee or personal_number")
        if (self.day is None) == (self.first_day is None):
            raise PydanticCustomError("days_missing", "name day, or first_day: one of them")
        if self.day is not None and self.last_day is not None:
            raise PydanticCustomError("days_contradict", "last_day goes with first_day")
        if self.first_day is not None and self.last_day is None and self.type is None:
            # Each row would be an absence without end.
            raise PydanticCustomError("days_missing", "first_day needs last_day")
        return self

    def named(self) -> dict[str, str]:
        """The columns that are named, by what they say."""
        return {name: column for name, column in self if column is not None}

    def numbered(self) -> dict[str, int]:
        """The same by number; ValueError if one is none."""
        return {name: _number(column) for name, column in self.named().items()}


def _number(column: str) -> int:
    if not (column.isascii() and column.isdecimal() and 0 < int(column) <= MAX_COLUMNS):
        raise ValueError
    return int(column)


class Mapping(WireModel):
    """How to read the files of one source."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "columns": {
                        "employee": "Anställningsnr",
                        "first_day": "Från",
                        "last_day": "Till",
                        "extent": "Omfattning",
                        "code": "Frånvarokod",
                    },
                    "date_format": "DD.MM.YYYY",
                    "decimal": ",",
                    "codes": {"10": "sickness", "11": "sickness", "20": "work_injury"},
                }
            ]
        }
    )

    codes: dict[Code, CodeKind] = Field(
        default_factory=dict,
        max_length=MAX_CODES,
        description="what the company's own codes mean; rows with another code are passed over",
    )
    columns: Columns | None = Field(default=None, description="needed for CSV")
    types: dict[Code, EventType] = Field(
        default_factory=dict,
        max_length=MAX_CODES,
        description="what the column `type` may say besides the types' own names",
    )
    date_format: DateFormat = "YYYY-MM-DD"
    decimal: Literal[".", ","] | None = Field(default=None, description="null: either")
    extent_unit: Literal["percent", "fraction"] = "percent"
    hours_per_day: float | None = Field(
        default=None, gt=0, le=24, description="the whole day that `hours` are a part of"
    )
    delimiter: Delimiter | None = Field(default=None, description="null: found out")
    encoding: Encoding | None = Field(default=None, description="null: found out")
    quote: Literal['"', "'", ""] = '"'
    header: bool = Field(default=True, description="whether the first row names the columns")
    skip: int = Field(default=0, ge=0, le=1000, description="lines above the header or first row")

    @model_validator(mode="after")
    def _codes_may_count(self) -> Self:
        if any(normal_code(code).upper() in NEVER for code in self.codes):
            # Pregnancy, care of a child or of a relative.
            raise PydanticCustomError("code_never_counts", "a code that may never count")
        return self

    @model_validator(mode="after")
    def _columns_can_be_read(self) -> Self:
        if self.columns is None:
            return self
        if self.columns.code is not None and not self.codes:
            raise PydanticCustomError("codes_missing", "the column code needs codes")
        if self.columns.hours is not None and self.hours_per_day is None:
            raise PydanticCustomError("hours_per_day_missing", "hours need hours_per_day")
        if not self.header:
            try:
                self.columns.numbered()
            except ValueError as error:
                detail = "without a header, columns go by number"
                raise PydanticCustomError("column_numbers_needed", detail) from error
        return self

    def places(self) -> abc.Mapping[str, str | int] | None:
        """The columns to read, as `read_delimited` takes them."""
        if self.columns is None:
            return None
        return self.columns.named() if self.header else self.columns.numbered()
