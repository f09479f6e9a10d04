"""Wire forms of putting a rule in force, of what that would do, and of who stands above a limit."""

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.wire import Day, Name, WireModel
from app.rules.schemas import ProofOut


class ActivationIn(WireModel):
    """Which version to put in force or in shadow, and the first day whose triggers may act."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 1, "mode": "live"}]})

    version: int = Field(ge=1, le=1_000_000)
    mode: Literal["live", "shadow"] = Field(
        default="live", description="shadow: it decides and records, and never acts"
    )
    live_from: Day | None = Field(
        default=None, description="default today; at most the rule's max_age_days earlier"
    )
    shadow_until: Day | None = Field(
        default=None, description="with mode shadow: its last day, at most a year from now"
    )

    @model_validator(mode="after")
    def _ends_when_it_is_a_shadow(self) -> Self:
        if (self.shadow_until is None) == (self.mode == "shadow"):
            raise PydanticCustomError(
                "shadow_until_mismatch",
                "shadow_until goes with mode shadow, and mode shadow with it",
            )
        return self


class MonthOut(BaseModel):
    """How many triggers of a month would have been accepted."""

    month: str = Field(description="as YYYY-MM")
    accepted: int


class RungPreviewOut(BaseModel):
    """What one rung would do. Counts of people, of days in `months`."""

    rung: int
    flagged: int = Field(description="who would get a flag at once")
    suppressed: int = Field(description="who would, were they not exempt or silenced")
    inhibited: int = Field(description="who has an open referral, which it would be a reason of")
    standing: int = Field(description="who is above the limit, and would get none at first")
    months: list[MonthOut] = Field(description="the last twelve, had it always been in force")


class PreviewOut(BaseModel):
    """What activation would do; nothing was changed. `employees`: how many people it looked at."""

    version: int
    live_from: Day
    employees: int
    tests: list[ProofOut]
    rungs: list[RungPreviewOut]


class StandingOut(BaseModel):
    """Somebody who meets a rule today without a flag of it."""

    employee_id: str
    on: Day = Field(description="the latest trigger day")
    rung: int = Field(description="of a ladder; 1 of a rule that is none")


class StandingFlagIn(WireModel):
    """Whom to flag, by whose decision."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"employee_ids": ["emp_0"], "decided_by": "HR"}]}
    )

    employee_ids: list[Name] = Field(min_length=1, max_length=200)
    decided_by: Name


class StandingFlagsOut(BaseModel):
    """The flags raised; whoever no longer stands above the limit has none."""

    flags: list[str]
