"""What an employer decides for itself: time zone, counting policy, how flags are released."""

from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from app.core.wire import Day, WireModel, what_is_named_only

CountedKind = Literal["sickness", "work_injury", "infection_carrier", "rehabilitation"]


class ExclusionWindow(WireModel):
    """Days whose sickness rules do not count (an epidemic, a strike); both ends included."""

    first_day: Day
    last_day: Day

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day < self.first_day:
            raise PydanticCustomError("range_reversed", "the last day is before the first")
        return self


class PolicySettings(WireModel):
    """Which sick days rules count and how they join (semantics 3), and what a release needs."""

    model_config = ConfigDict(json_schema_extra=what_is_named_only())

    merge_gap_days: int = Field(
        default=0, ge=0, le=30, description="healthy days that join two episodes; at first 0"
    )
    bridge_days_off: bool = Field(
        default=True, description="join over days off alone; at first true"
    )
    holidays: list[Day] = Field(
        default=[], max_length=2000, description="days off besides weekends and Swedish holidays"
    )
    short_max_days: int = Field(
        default=14, ge=1, le=366, description="days of a short episode at most; at first 14"
    )
    min_extent: int = Field(
        default=1, ge=1, le=100, description="percent a day needs to count; at first 1"
    )
    counted_kinds: list[CountedKind] = Field(
        default=["sickness"], min_length=1, max_length=4, description="at first sickness alone"
    )
    exclusion_windows: list[ExclusionWindow] = Field(
        default=[], max_length=100, description="days that rules do not count"
    )
    require_informed: bool = Field(
        default=True,
        description="a manual release says when the employee was informed; at first true",
    )
    objection_days: int = Field(
        default=0,
        ge=0,
        le=30,
        description="days the employee has to object, from being informed to a release; at first 0",
    )
    four_eyes: bool = Field(
        default=False, description="two different persons release a flag; at first false"
    )


OF_RELEASE = frozenset({"require_informed", "objection_days", "four_eyes"})
"""What in the policy is about releasing; the rest decides which days count and how they join."""


class DeadlineSettings(WireModel):
    """How long each step of a referral may take, in Swedish working days."""

    model_config = ConfigDict(json_schema_extra=what_is_named_only())

    accept_days: int = Field(default=3, ge=1, le=60, description="until accepted; at first 3")
    talk_days: int = Field(default=10, ge=1, le=120, description="until the talk; at first 10")
    three_party_days: int = Field(
        default=15, ge=1, le=120, description="from the talk to the three-party talk; at first 15"
    )
    plan_days: int = Field(
        default=5, ge=1, le=120, description="from that to the adopted plan; at first 5"
    )
    follow_up_months: list[Annotated[int, Field(ge=1, le=24)]] = Field(
        default=[1, 3, 6],
        min_length=1,
        max_length=12,
        description="follow-ups, in months from the plan; at first 1, 3 and 6",
    )


class MailSettings(WireModel):
    """How managers and HR are told that something waits."""

    model_config = ConfigDict(json_schema_extra=what_is_named_only())

    language: Literal["sv", "en"] = Field(default="sv", description="at first Swedish")
    digest: Literal["none", "daily", "weekly"] = Field(
        default="none", description="at once, or gathered; at first at once"
    )
    hr_address: str | None = Field(
        default=None,
        min_length=3,
        max_length=254,
        pattern=r"^[^@\s,;<>]+@[^@\s,;<>]+$",
        description="a function's mailbox, for whoever has no unit or no manager",
    )
    remind_days: int = Field(
        default=3, ge=1, le=60, description="working days between reminders; at first 3"
    )


class TenantSettings(WireModel):
    """All settings of a tenant. `release` has no default: it is the employer's own decision."""

    time_zone: str = Field(default="Europe/Stockholm", max_length=60)
    policy: PolicySettings = PolicySettings()
    release: Literal["automatic", "manual"]
    decision_reference: str | None = Field(
        default=None,
        max_length=100,
        min_length=1,
        description="the employer's decision to release automatically, e.g. a diary number",
    )
    deadlines: DeadlineSettings = DeadlineSettings()
    mail: MailSettings = MailSettings()
    alignment_from_day: int = Field(
        default=30,
        ge=1,
        le=365,
        description="day of a sick leave from which an alignment meeting is proposed; at first 30",
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise PydanticCustomError("unknown_time_zone", "not an IANA time zone") from error
        return value

    @model_validator(mode="after")
    def _decided(self) -> Self:
        if self.release == "automatic" and self.decision_reference is None:
            raise PydanticCustomError(
                "decision_reference_required", "automatic release names the decision behind it"
            )
        return self

    def to_json(self) -> dict[str, Any]:
        """The form in which settings are stored."""
        return self.model_dump(mode="json")

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Self:
        """The reverse."""
        return cls.model_validate(stored)
