"""Wire forms of meetings. No field takes what was said, or what was answered."""

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.core.wire import Day, Instant, WireModel, what_is_named_only
from app.meetings.kinds import MeetingKind, Role, all_three
from app.referrals.schemas import TalkMode, WorkStatus


def _once_each(roles: list[Role]) -> list[Role]:
    return list(dict.fromkeys(roles))


MeetingState = Literal["planned", "held", "cancelled"]
Roles = Annotated[list[Role], Field(min_length=1, max_length=7), AfterValidator(_once_each)]
Points = Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=40)]
USUAL: dict[MeetingKind, list[Role]] = {
    "health_talk": ["employee", "provider"],
    "three_party": ["employee", "manager", "provider"],
    "alignment": ["employee", "manager"],
    "follow_up": ["employee", "manager"],
}


class Consent(WireModel):
    """The employee's consent to share what the meeting needs, as it was signed."""

    given_on: Day


class MeetingIn(WireModel):
    """A meeting to plan. A health talk (hälsosamtal) is made by booking its referral."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "kind": "alignment",
                    "employee_id": "emp_01k0000000000000000000000000",
                    "starts_at": "2026-03-05T09:00:00+01:00",
                    "participants": ["employee", "manager", "agency"],
                    "consent": {"given_on": "2026-03-02"},
                }
            ]
        }
    )

    kind: Literal["three_party", "alignment", "follow_up"]
    employee_id: str = Field(max_length=40)
    referral_id: str | None = Field(default=None, max_length=40)
    starts_at: Instant
    minutes: int = Field(default=60, ge=5, le=480)
    mode: TalkMode | None = None
    participants: Roles | None = Field(default=None, description="default: the usual ones")
    consent: Consent | None = None

    @model_validator(mode="after")
    def _all_three(self) -> Self:
        who = self.participants or USUAL[self.kind]
        if self.kind == "three_party" and not all_three(who):
            raise PydanticCustomError(
                "roles_missing", "a three-party talk has employee, employer and provider"
            )
        return self


class MeetingRecord(WireModel):
    """What is recorded of a meeting: that points were taken up, never what was said."""

    model_config = ConfigDict(
        json_schema_extra=what_is_named_only(
            {"points": ["work_situation"], "asked_about_violence": "yes"}
        )
    )

    points: Points | None = Field(default=None, description="codes of its conversation guide")
    asked_about_violence: Literal["yes", "no"] | None = Field(
        default=None, description="whether the question was asked; the answer has no field"
    )
    work_status: WorkStatus | None = None
    participants: Roles | None = None
    consent: Consent | None = None


class MeetingMove(WireModel):
    """Another time for a planned meeting."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"starts_at": "2026-03-12T10:00:00+01:00"}]}
    )

    starts_at: Instant
    minutes: int | None = Field(default=None, ge=5, le=480)


class MeetingOut(BaseModel):
    """A meeting as the caller may see it."""

    id: str
    employee_id: str
    referral_id: str | None
    series_id: str | None
    occurrence: Day | None
    slot: int | None
    kind: MeetingKind
    state: MeetingState
    starts_at: Instant
    minutes: int
    mode: str | None
    participants: list[Role]
    consent: Consent | None
    asked_about_violence: Literal["yes", "no"] | None
    points: list[str]
    work_status: WorkStatus | None


def meeting_out(row: Any, *, by_provider: bool) -> MeetingOut:
    """A stored meeting; of a health talk the employer sees no more than that there is one."""
    same = set(MeetingOut.model_fields) - {"id", "consent"}
    shown = {name: getattr(row, name) for name in same}
    if row.kind == "health_talk" and not by_provider:
        shown |= {"points": [], "asked_about_violence": None}
    consent = Consent(given_on=row.consent_on) if row.consent_on else None
    return MeetingOut(id=row.meeting_id, consent=consent, **shown)
