"""Wire forms of referrals and of every move."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from app.core.wire import Day, Instant, Name, WireModel
from app.rules.document import Service

DeclineReason = Literal["no_capacity", "not_our_area", "wrong_provider", "incomplete"]
WithdrawReason = Literal["no_longer_needed", "wrong_data", "employee_objects"]
TalkMode = Literal["on_site", "phone", "video"]
WorkStatus = Literal["back_in_work", "other_work", "left_employment", "studies_or_parental_leave"]
"""Where somebody is now, in words of work: never how they are."""
Outcome = Literal[
    "back_in_work",
    "other_work",
    "left_employment",
    "studies_or_parental_leave",
    "no_further_need",
    "not_completed",
]
SeenState = Literal[
    "requested",
    "in_progress",
    "accepted",
    "booked",
    "talk_held",
    "three_party_held",
    "plan_adopted",
    "closed",
    "declined",
    "declined_by_employee",
    "withdrawn",
]
"""The states of the table, and `in_progress`, which stands for those the employer may not see."""
DECIDER = Field(default=None, description="who decided; the key's id when nobody is named")


class ReferralIn(WireModel):
    """The manager's or the employee's own wish for a referral; a named person decides it."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "employee_id": "emp_01k0000000000000000000000000",
                    "wish_of": "employee",
                    "decided_by": "HR-specialist 7",
                }
            ]
        }
    )

    employee_id: str = Field(max_length=40)
    wish_of: Literal["manager", "employee"]
    service: Service = "health_talk"
    decided_by: Name
    also_decided_by: Name | None = Field(
        default=None, description="a second person, where the policy wants four eyes"
    )
    employee_informed_on: Day | None = Field(
        default=None, description="asked for by the policy where it is the manager's wish"
    )
    provider_id: str | None = Field(default=None, max_length=40)


class ProviderMove(WireModel):
    """What any move of a provider's may say.

    An employer may record it for a provider without integration: then it names `on_behalf_of`.
    """

    on_behalf_of: Literal["provider"] | None = Field(
        default=None, description="for the employer alone, and only in the provider's place"
    )
    decided_by: Name | None = DECIDER
    feedback_consent_on: Day | None = Field(
        default=None,
        description="when the employee consented to feedback to the employer; the provider's word",
    )


class AcceptIn(ProviderMove):
    """The provider takes the referral on."""


class DeclineIn(ProviderMove):
    """The provider does not take it on."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "no_capacity"}]})

    reason: DeclineReason


class BookIn(ProviderMove):
    """The talk is booked, or booked for another time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"starts_at": "2026-03-10T09:00:00+01:00", "mode": "on_site"}]
        }
    )

    starts_at: Instant
    mode: TalkMode


class NoShowIn(ProviderMove):
    """Nobody came; the referral is to be booked anew."""


class CompleteIn(ProviderMove):
    """The talk was held. What was said has no field."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"recommend_three_party": True}]})

    recommend_three_party: bool


class DeclineByEmployeeIn(WireModel):
    """The employee says no; there is no reason to give."""

    decided_by: Name | None = DECIDER


class WithdrawIn(WireModel):
    """The employer takes it back."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"decided_by": "HR-specialist 7", "reason": "no_longer_needed"}]
        }
    )

    decided_by: Name | None = DECIDER
    reason: WithdrawReason


class CloseIn(WireModel):
    """It is finished, whatever came of it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"outcome": "back_in_work"}]})

    decided_by: Name | None = DECIDER
    outcome: Outcome


class ReassignIn(WireModel):
    """Another provider takes over; the referral is requested anew."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"provider_id": "prv_01k0000000000000000000000000"}]}
    )

    decided_by: Name | None = DECIDER
    provider_id: str = Field(max_length=40)


class MoveOut(BaseModel):
    """One step in a referral's life."""

    at: Instant
    party: str
    actor: str | None = Field(description="the person or key, where it is of the caller's own side")
    recorded_by: str | None = Field(description="the employer, where it recorded for the provider")
    source: str | None
    target: str
    reason: str | None


class TalkOut(BaseModel):
    """A booked talk."""

    starts_at: Instant
    mode: str | None


class ContactOut(BaseModel):
    """How to reach the employee, for the provider of an open referral alone."""

    name: str | None = None
    phone: str | None = None
    email: str | None = None


class ReferralOut(BaseModel):
    """A referral as the caller may see it.

    The employer sees `in_progress` for what is the provider's secret until the employee consents.
    """

    id: str
    employee_id: str
    provider_id: str | None
    service: str
    state: str
    wish_of: str | None
    decision_reference: str | None
    employee_informed_on: Day | None
    requested_at: Instant
    feedback_consent_on: Day | None
    talk: TalkOut | None
    recommend_three_party: bool | None
    outcome: str | None
    step: str | None = Field(description="what is due next, where the caller may know it")
    due_on: Day | None
    days_late: int = Field(description="working days since the deadline; 0: not late")
    flags: list[str] = Field(description="the flag it rests on, and those attached to it")
    allowed: list[str] = Field(description="the calls the caller may make now")
    history: list[MoveOut]


class ReferralDetailOut(ReferralOut):
    """One referral. Who it is about stands in it for the provider of an open one alone."""

    contact: ContactOut | None
    personal_number: str | None
    protected: bool | None = Field(
        description="lives with protected personal data: contact goes through the employer, by hand"
    )
