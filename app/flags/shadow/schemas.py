"""Wire forms of what a version in shadow would have done."""

from typing import Literal

from pydantic import BaseModel, Field

from app.core.wire import Day, Instant
from app.flags.shadow.decide import ShadowOutcome


class ComparisonOut(BaseModel):
    """People whom both versions would have flagged in this time, and only one of them.

    Of a ladder each rung is compared by itself.
    """

    both: int
    only_shadow: int
    only_live: int


class DecisionOut(BaseModel):
    """One trigger, and what would have become of it.

    raised: a flag; suppressed: somebody exempt or silenced; inhibited: a further reason of an open
    referral; rearm: too soon after another; historical: known too late; withdrawn: taken back when
    an absence was corrected.
    """

    id: str
    rung: int
    on: Day
    outcome: ShadowOutcome
    reason: str | None
    decided_at: Instant


class LiveFlagOut(BaseModel):
    """A flag that the rule raised meanwhile."""

    flag_id: str
    rung: int
    on: Day
    rule_version: int


class ShadowPersonOut(BaseModel):
    """What was decided about somebody, and what was raised."""

    employee_id: str
    compared: Literal["both", "only_shadow", "only_live", "neither"]
    decisions: list[DecisionOut]
    flags: list[LiveFlagOut]


class ShadowReportOut(BaseModel):
    """What a version in shadow would have done. It has done nothing."""

    version: int
    since: Day = Field(alias="from")
    until: Day
    running: bool
    comparison: ComparisonOut
    items: list[ShadowPersonOut] = Field(
        description="by person, for a key with cases:read; for another one there are none"
    )
    next_cursor: str | None
