"""Wire forms of rules, their activation, and who stands above a limit."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.wire import Day, Name, WireModel
from app.rules.document import RuleDocument


class Words(BaseModel):
    """The same in plain Swedish and English."""

    sv: str
    en: str


class PresetOut(BaseModel):
    """A ready-made set of rules and where it comes from."""

    name: str
    source: str
    rules: list[RuleDocument]
    words: list[Words]
    meanings: dict[str, Words] = Field(
        description="by the rule's id: what it means in law or by custom"
    )


class RuleOut(BaseModel):
    """A rule in its active version, or its newest while none is active."""

    id: str
    rule: str = Field(description="the employer's own name for it: the document's id")
    version: int
    state: Literal["draft", "active"]
    live_from: Day | None
    content_hash: str
    document: RuleDocument
    words: Words


class ActivationIn(WireModel):
    """Which version to put in force, and the first day whose triggers may act."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"version": 1, "mode": "live"}]})

    version: int = Field(ge=1, le=1_000_000)
    mode: Literal["live"] = Field(
        default="live", description="shadow mode comes with a later version"
    )
    live_from: Day | None = Field(
        default=None, description="default today; at most the rule's max_age_days earlier"
    )


class StandingOut(BaseModel):
    """Somebody who meets a rule today without a flag of it."""

    employee_id: str
    on: Day = Field(description="the latest trigger day")


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
