"""Wire forms of providers."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.wire import Day, Key, Name, WireModel
from app.rules.document import Service

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
    grant_approved: bool | None = Field(
        default=None,
        description="approved by Försäkringskassan (godkänd anordnare); null: not known",
    )

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
    grant_approved: bool | None
