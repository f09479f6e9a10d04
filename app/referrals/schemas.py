"""Wire forms of providers and referrals."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.wire import Day, Instant, Key, Name, WireModel
from app.rules.document import Service

DeclineReason = Literal["no_capacity", "not_our_area", "wrong_provider", "incomplete"]
WithdrawReason = Literal["no_longer_needed", "wrong_data", "employee_objects"]
OrgNumber = Annotated[str, Field(pattern=r"^\d{6}-?\d{4}$")]


class ProviderIn(WireModel):
    """An occupational-health company (företagshälsovård) that the employer refers to."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"name": "Företagshälsan Exempel", "services": ["health_talk"]}]
        }
    )

    name: Name
    org_number: OrgNumber | None = None
    units: list[Key] | None = Field(
        default=None, min_length=1, max_length=1000, description="units served; default all"
    )
    services: list[Service] = Field(
        default=["health_talk", "rehabilitation_investigation"], min_length=1, max_length=2
    )
    valid_from: Day | None = None
    valid_to: Day | None = None
    priority: int = Field(default=100, ge=0, le=10_000, description="the lowest is asked first")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise PydanticCustomError("range_reversed", "valid_to is before valid_from")
        return self


class ProviderOut(BaseModel):
    """A provider."""

    id: str
    name: str
    org_number: str | None
    units: list[str] | None
    services: list[str]
    valid_from: Day | None
    valid_to: Day | None
    priority: int


class MoveOut(BaseModel):
    """One step in a referral's life."""

    at: Instant
    party: str
    source: str | None
    target: str
    reason: str | None


class ReferralOut(BaseModel):
    """A referral as the caller may see it.

    The employer sees `in_progress` for what is the provider's secret until the employee consents.
    """

    id: str
    employee_id: str
    provider_id: str | None
    service: str
    state: str
    decision_reference: str | None
    employee_informed_on: Day | None
    requested_at: Instant
    flags: list[str] = Field(description="the flag it rests on, and those attached to it")
    allowed: list[str] = Field(description="the calls the caller may make now")
    history: list[MoveOut]


DECIDER = Field(default=None, description="who decided; the key's id when nobody is named")


class AcceptIn(WireModel):
    """The provider takes the referral on."""


class DeclineIn(WireModel):
    """The provider does not take it on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "no_capacity"}]})

    reason: DeclineReason


class WithdrawIn(WireModel):
    """The employer takes it back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"decided_by": "HR-specialist 7", "reason": "no_longer_needed"}]
        }
    )

    decided_by: Name | None = DECIDER
    reason: WithdrawReason
