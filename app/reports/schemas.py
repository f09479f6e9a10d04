"""Wire forms of reports: every figure is of ten people or more, or null and listed."""

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field
from pydantic_core import PydanticCustomError

from app.core.wire import FIRST_DAY, LAST_DAY, Day
from app.reports.months import month_of

Format = Literal["json", "csv", "svg"]
Language = Literal["sv", "en"]
_MONTH = re.compile(r"\d{4}-\d{2}(-\d{2})?", re.ASCII)


def _month(value: Any) -> int:
    """`YYYY-MM`, or a day of the month, as the month's number."""
    if not isinstance(value, str) or not _MONTH.fullmatch(value):
        raise PydanticCustomError("invalid_month", "a month as YYYY-MM")
    try:
        day = date.fromisoformat(value if len(value) > 7 else f"{value}-01")
    except ValueError as error:
        raise PydanticCustomError("invalid_month", "no such month or day") from error
    if FIRST_DAY <= day <= LAST_DAY:
        return month_of(day)
    raise PydanticCustomError("date_out_of_range", "between 1990 and 2100")


Month = Annotated[
    int,
    BeforeValidator(_month, json_schema_input_type=str),
    Field(json_schema_extra={"pattern": r"^\d{4}-\d{2}(-\d{2})?$"}),
]
Text = Annotated[str, Field(pattern=r"^\d{4}-\d{2}$")]
Share = Annotated[float | None, Field(ge=0, le=1)]
Mean = Annotated[float, Field(ge=0)]


class MonthFigures(BaseModel):
    """A group's month. A figure that would tell of fewer than ten people is null."""

    employed: int | None = Field(description="people employed on a day of the month")
    employed_days: int | None = Field(description="calendar days of their employment in it")
    episodes: int | None = Field(description="episodes that began in the month")
    sick_days: int | None = Field(description="calendar days of sick leave, at any extent")
    rate: Share = Field(description="sick days of the employed days")


class SexMonth(MonthFigures):
    """The month of one sex; `not_given`: of those of whom it is not known."""

    sex: Literal["female", "male", "not_given"]


class RowMonth(MonthFigures):
    """A month in all."""

    full_time_share: Share = Field(description="of the sick days, those at full extent")
    part_time_share: Share = Field(description="of the sick days, the others")
    by_sex: list[SexMonth] | None


class UnitMonth(RowMonth):
    """A unit's month: its own employees alone, without the units under it."""

    unit: str | None = Field(description="null: those who belong to none")


class HiddenMonth(BaseModel):
    """What a row does not show, because it, or something that could be worked out from it, is of
    fewer than ten people."""

    of: Literal["total", "unit"]
    unit: str | None
    parts: list[
        Literal[
            "employed",
            "episodes",
            "sick_days",
            "extents",
            "sexes",
            "episodes_by_sex",
            "sick_days_by_sex",
        ]
    ]
    code: Literal["fewer_than_ten"]


class AttendanceOut(BaseModel):
    """A month's sick leave. Everybody counts in the unit they belong to today."""

    month: Text
    total: RowMonth
    units: list[UnitMonth]
    suppressed: list[HiddenMonth]


class Figure(BaseModel):
    """A group of people and its share."""

    group: str
    people: int
    share: Share


class SideBySide(BaseModel):
    """What is shown by sex and of a unit, in coarse groups: all of it or nothing."""

    sick_leave_at_start: list[Figure]
    sick_leave_now: list[Figure]
    work_status: list[Figure]
    fully_back: Figure = Field(description="back in work and not on sick leave")


class SexOutcomes(SideBySide):
    """The same of one sex; `not_given`: of those of whom it is not known."""

    sex: Literal["female", "male", "not_given"]
    participants: int


class StepOut(BaseModel):
    """How many came so far."""

    step: Literal[
        "flagged",
        "released",
        "requested",
        "accepted",
        "talk_held",
        "three_party_held",
        "plan_adopted",
        "closed",
    ]
    people: int | None


class BetweenOut(BaseModel):
    """Calendar days from one step to a later one, of those who came to both."""

    first: str
    then: str
    median: Annotated[float | None, Field(ge=0)]
    p90: Annotated[int | None, Field(ge=0, description="nearest rank")]


class YearOut(BaseModel):
    """A mean year, a person."""

    episodes: Mean
    sick_days: Mean


class ComparedOut(BaseModel):
    """Those of whom there are comparable colleagues, beside the mean year of these."""

    people: int
    before: YearOut
    after: YearOut
    expected_after: YearOut = Field(
        description="the year after of colleagues who took no part and had as many episodes in "
        "the year before: what regression to the mean alone would give"
    )


class AbsenceOutcome(BaseModel):
    """Absence in the twelve months up to the entry and in the twelve after it.

    Of those who were employed throughout both, the second of which has to be over.
    """

    people: int | None
    before: YearOut | None
    after: YearOut | None
    compared: ComparedOut | None
    reason: Literal["no_whole_year", "no_comparable_colleagues", "fewer_than_ten"] | None = Field(
        description="why nothing is compared"
    )


class PeriodOut(BaseModel):
    """A shorter period of which the part is shown in full."""

    first: Text = Field(alias="from")
    last: Text = Field(alias="to")


class UnderstoodOut(BaseModel):
    """The whole months that the report is of; `because`: why they are not just what was asked."""

    first: Day = Field(alias="from")
    last: Day = Field(alias="to")
    because: list[Literal["default", "last_finished_month", "longest_shown"]]


class HiddenOutcome(BaseModel):
    """A part that is not shown in full: it would tell of fewer than ten people, by itself, by
    subtraction, or beside a report of another period; or it is never shown of a unit."""

    part: str
    code: Literal["fewer_than_ten", "not_by_unit"]
    shown: Literal["partly", "nothing"]
    full_for: PeriodOut | None


class OutcomesOut(BaseModel):
    """What became of those who took part, by the first referral or meeting, in the period.

    Everybody is counted once, at the first entry. What became of them is as known on `as_of`,
    the last day of the last whole month. Groups are fewer and coarser where the finer ones are
    too small.
    """

    period: UnderstoodOut
    as_of: Day
    unit: str | None
    participants: int | None
    sick_leave_at_start: list[Figure] | None
    sick_leave_now: list[Figure] | None
    work_status: list[Figure] | None
    fully_back: Figure | None = Field(description="back in work and not on sick leave")
    by_sex: list[SexOutcomes] | None = Field(description="null also where no sex is given at all")
    funnel: list[StepOut]
    alignment_held: Figure | None = Field(
        description="of whom an alignment or follow-up meeting was held"
    )
    days_between: list[BetweenOut]
    absence: AbsenceOutcome | None
    suppressed: list[HiddenOutcome]
