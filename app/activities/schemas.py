"""Wire forms of trainings and work-group dialogues. None of them names anybody."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.activities.moves import Call, State
from app.core.wire import Day, Instant, Key, WireModel

ActivityKind = Literal["training", "dialogue"]
"""Utbildning; dialog i arbetsgruppen, som på en arbetsplatsträff (APT)."""
Topic = Literal[
    "insurance_medicine",
    "early_support",
    "exposure_to_violence",
    "work_environment",
    "part_time_sick_leave",
    "other",
]
"""Försäkringsmedicin; tidigt stöd; våldsutsatthet; arbetsmiljö; sjukskrivning på deltid; annat."""
Audience = Literal["managers", "work_group", "safety_representatives", "hr"]
"""Chefer; arbetsgrupp; skyddsombud; HR."""


class ActivityIn(WireModel):
    """A training, or a dialogue of a work group, on a day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "training",
                    "topic": "insurance_medicine",
                    "audience": "managers",
                    "planned_on": "2026-04-14",
                    "yearly": True,
                },
                {
                    "kind": "dialogue",
                    "topic": "early_support",
                    "audience": "work_group",
                    "unit": "hemtjansten-norr",
                    "planned_on": "2026-05-07",
                },
            ]
        }
    )

    kind: ActivityKind
    topic: Topic
    audience: Audience
    unit: Key | None = Field(default=None, description="whose; none: of all units")
    planned_on: Day
    yearly: bool = Field(
        default=False, description="when it is held, the next is planned a year after that day"
    )


class HoldIn(WireModel):
    """It was held; how many came, and nobody's name."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"held_on": "2026-03-02", "attended": 14}]}
    )

    held_on: Day
    attended: int = Field(ge=1, le=100_000)


class CancelIn(WireModel):
    """It is not to be held. A yearly one that is cancelled plans no next one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})


class ActivityOut(BaseModel):
    """An activity. A yearly one that was held is `followed_by` the next, which `follows` it."""

    id: str
    kind: ActivityKind
    topic: Topic
    audience: Audience
    unit: str | None
    state: State
    planned_on: Day
    held_on: Day | None
    attended: int | None
    yearly: bool
    follows: str | None
    followed_by: str | None
    allowed: list[Call] = Field(description="the moves that can be made now")
    created_at: Instant
    changed_at: Instant
