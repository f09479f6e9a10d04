"""Wire forms of data quality: what is odd in what the sources say, and how they are heard."""

from typing import Literal, get_args

from pydantic import BaseModel, Field

from app.core.wire import Day, Instant

Finding = Literal[
    "incomplete", "empty", "overlapping", "over_a_year", "in_future", "outside_employment"
]
FINDINGS: tuple[Finding, ...] = get_args(Finding)


class FindingCounts(BaseModel):
    """How many absences of a source each finding is true of; one may have several.

    Cancelled ones have none, and only those that count may overlap or be implausible.
    """

    incomplete: int = Field(description="ended before it was reported; it waits for its first day")
    empty: int = Field(description="its last day lies before its first")
    overlapping: int = Field(
        description="shares days with another of the same employee; extents of such days add up"
    )
    over_a_year: int = Field(description="implausible: more than 366 days so far, or as said")
    in_future: int = Field(description="implausible: begins after today")
    outside_employment: int = Field(
        description="implausible: begins or ends outside of the known employment periods"
    )


class FeedOut(BaseModel):
    """When a source was heard from: when something of it arrived, to the quarter of an hour.

    `not_judged`: heard on too few days of the last half year to tell.
    """

    state: Literal["heard", "silent", "not_judged"]
    first_heard_at: Instant
    last_heard_at: Instant
    usual_interval_workdays: int | None
    silent_since: Day | None = Field(description="the day its silence was told (`feed.silent`)")


class SourceOut(BaseModel):
    """A source: its absences, cancelled ones left out, what is odd in them, and its feed."""

    source: str
    absences: int
    odd: FindingCounts
    feed: FeedOut | None = Field(description="null: nothing came since feeds are watched")


class DataQualityOut(BaseModel):
    """Every source, by name, as it stands on a day."""

    as_of: Day
    sources: list[SourceOut]


class OddAbsenceOut(BaseModel):
    """An absence that something is odd about."""

    employee_id: str
    source: str
    absence: str
    first_day: Day | None
    last_day: Day | None
    kind: str
    odd: list[Finding]
