"""Wire forms of silences."""

from datetime import timedelta
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.wire import Day, Instant, Key, Name, WireModel

SilenceReason = Literal[
    "data_under_review",
    "rule_under_review",
    "reorganisation",
    "extraordinary_event",
    "support_under_way",
    "other",
]
LONGEST = timedelta(days=366)
"""How long a silence lasts at most; one that is still wanted is decided anew."""


class SilenceIn(WireModel):
    """On whom rules do not act, on which days, why, and who decided so.

    At least one of `employee_id`, `unit` (with all units below it) and `rule_id`; of several, all
    must fit.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "unit": "hemtjansten",
                    "first_day": "2026-03-02",
                    "last_day": "2026-03-31",
                    "reason": "reorganisation",
                    "decided_by": "HR-specialist 7",
                }
            ]
        }
    )

    employee_id: str | None = Field(default=None, max_length=40)
    unit: Key | None = None
    rule_id: str | None = Field(default=None, max_length=40)
    first_day: Day
    last_day: Day = Field(description="at most 366 days after the first")
    reason: SilenceReason
    decided_by: Name

    @model_validator(mode="after")
    def _is_bounded(self) -> Self:
        if self.last_day < self.first_day:
            raise PydanticCustomError("range_reversed", "the last day is before the first")
        if self.last_day - self.first_day > LONGEST:
            raise PydanticCustomError("silence_too_long", "a silence lasts at most 367 days")
        return self

    @model_validator(mode="after")
    def _is_about_something(self) -> Self:
        if self.employee_id is None and self.unit is None and self.rule_id is None:
            raise PydanticCustomError("silence_of_everything", "an employee, a unit or a rule")
        return self


class EndIn(WireModel):
    """The last day on which a silence still holds, earlier than was decided, and who ends it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"ended_by": "HR-specialist 7", "last_day": "2026-03-15"}]}
    )

    ended_by: Name
    last_day: Day | None = Field(
        default=None,
        description="default: yesterday; before the first day takes the whole silence back",
    )


class SilenceOut(BaseModel):
    """A silence. `last_day`: as it is now; `ended_by`: who ended it early."""

    id: str
    employee_id: str | None
    unit: str | None
    rule_id: str | None
    first_day: Day
    last_day: Day
    reason: SilenceReason
    decided_by: str
    created_at: Instant
    ended_by: str | None
    ended_at: Instant | None
