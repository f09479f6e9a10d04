"""Wire forms of absences and episodes."""

from typing import Literal

from pydantic import BaseModel

from app.core.wire import Day

View = Literal["spells", "sick_pay_periods", "episodes"]


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
