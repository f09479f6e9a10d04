"""Wire forms of action plans. A measure is a code: what is done at work, never why."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.wire import Day, Name, WireModel, what_is_named_only
from app.meetings.kinds import Role
from app.referrals.schemas import DECIDER, WorkStatus

MeasureCode = Literal[
    "adapted_tasks",
    "adapted_hours",
    "part_time_sick_leave",
    "workplace_adaptation",
    "aids",
    "ergonomics",
    "work_environment",
    "remote_work",
    "work_trial",
    "other_tasks",
    "education",
    "supportive_talks",
    "contact_during_absence",
    "regular_talks_with_manager",
]
"""Adjustments at work (anpassning och rehabilitering, AFS 2020:5) and contact, by code."""


class MeasureIn(WireModel):
    """A measure, who sees to it, and by when."""

    code: MeasureCode
    responsible: Role
    due_on: Day


PlanState = Literal["draft", "adopted", "done"]
Measures = Annotated[list[MeasureIn], Field(min_length=1, max_length=40)]
FollowUps = Annotated[list[Day], Field(min_length=1, max_length=24)]


class PlanIn(WireModel):
    """A draft. It names its referral, or an employee without one."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "referral_id": "ref_01k0000000000000000000000000",
                    "measures": [
                        {"code": "adapted_tasks", "responsible": "manager", "due_on": "2026-04-01"}
                    ],
                }
            ]
        }
    )

    referral_id: str | None = Field(default=None, max_length=40)
    employee_id: str | None = Field(default=None, max_length=40)
    measures: Measures
    follow_ups: FollowUps | None = Field(
        default=None, description="default: as the employer's deadlines say, from adoption on"
    )


class PlanChange(WireModel):
    """The measures as they now are. Follow-ups may change until the plan is adopted."""

    model_config = ConfigDict(
        json_schema_extra=what_is_named_only(
            {
                "measures": [
                    {"code": "adapted_hours", "responsible": "manager", "due_on": "2026-04-15"}
                ]
            }
        )
    )

    measures: Measures
    follow_ups: FollowUps | None = None


class AdoptIn(WireModel):
    """Employer and employee adopt the plan, each on their day."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "decided_by": "Manager 12",
                    "employer_adopted_on": "2026-03-27",
                    "employee_adopted_on": "2026-03-27",
                }
            ]
        }
    )

    decided_by: Name | None = DECIDER
    employer_adopted_on: Day
    employee_adopted_on: Day


class DoneIn(WireModel):
    """When a measure was carried out."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"done_on": "2026-04-27"}]})

    done_on: Day


class FollowedUpIn(DoneIn):
    """When a follow-up was done, and where the employee is at work now."""

    work_status: WorkStatus | None = None
    decided_by: Name | None = DECIDER


class MeasureOut(BaseModel):
    """A measure of a plan; its number is its place in the list, from 1."""

    code: str
    responsible: str
    due_on: Day
    done_on: Day | None


class FollowUpOut(BaseModel):
    """A follow-up of a plan."""

    number: int
    due_on: Day
    done_on: Day | None
    work_status: str | None


class PlanOut(BaseModel):
    """An action plan (handlingsplan)."""

    id: str
    employee_id: str
    referral_id: str | None
    state: PlanState
    measures: list[MeasureOut]
    follow_ups: list[FollowUpOut]
    employer_adopted_on: Day | None
    employee_adopted_on: Day | None
    adopted_by: str | None
