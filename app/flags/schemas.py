"""Wire forms of flags, decisions about them, exemptions and evaluations."""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from app.absences.aside import Reason
from app.core.wire import Day, Instant, Name, WireModel
from app.flags.picture import FlagState
from app.rules.schemas import Words

DismissReason = Literal["no_need", "already_supported", "wrong_data", "employee_objects"]
HandleOutcome = Literal["talk_held", "no_need", "employee_declined", "referred_otherwise"]
ExemptionReason = Literal[
    "high_risk_protection", "individual_decision", "ongoing_rehabilitation", "other"
]


class FlagOut(BaseModel):
    """A flag: which rule asked for attention, for which day, and what became of it."""

    id: str
    employee_id: str
    rule_id: str
    rule: str
    rule_version: int
    rung: int = Field(description="which one of a ladder; 1 of a rule that is none")
    on: Day
    state: FlagState
    reason: str | None
    referral_id: str | None
    decided_by: str | None
    decided_on: Day | None
    employee_informed_on: Day | None
    proposed_by: str | None = Field(
        description="under four eyes: who released it first, while a second person is awaited"
    )
    proposes: Literal["alignment"] | None = Field(
        description="an alignment meeting (avstämningsmöte), from the day the employer chose"
    )
    raised_at: Instant


class Counted(BaseModel):
    """An episode (or run of days) that a comparison looked at; `reason`: why it did not count."""

    first_day: Day
    last_day: Day
    sick_days: int
    days_in_window: int | None = Field(
        default=None, description="of a measure of days: how many of them it counted"
    )
    reason: str | None = None
    events: list["EventRef"] = []


class EventRef(BaseModel):
    """An event by its identity."""

    source: str
    id: str


class Stretch(BaseModel):
    """First and last day, both included; a window may begin before the first of our years."""

    first_day: date
    last_day: date


class Comparison(BaseModel):
    """One comparison of a rule: what was measured, against what, and what counted."""

    measure: str
    window: Stretch | None
    op: str
    limit: int
    value: int
    holds: bool
    counted: list[Counted]
    not_counted: list[Counted]
    words: Words


class SetAside(BaseModel):
    """Consecutive days that were reported and that the rule does not count, and why."""

    first_day: Day
    last_day: Day
    days: int
    reason: Reason
    events: list[EventRef] = []


class Change(BaseModel):
    """One figure, and the nearest value at which its comparison turns; `words`: the comparison."""

    measure: str
    value: int
    needed: int
    words: Words


class Otherwise(BaseModel):
    """The smallest change of the figures that turns the outcome, all others as they are."""

    changes: list[Change]
    words: Words


class Trace(BaseModel):
    """What a rule says of one day, why, and what would have changed it."""

    on: Day
    holds: bool
    comparisons: list[Comparison]
    not_counted: list[SetAside] = Field(
        description="days that no comparison counts: excluded, of too small an extent, outside "
        "the employment, of another kind, or cancelled"
    )
    otherwise: Otherwise | None = Field(
        description="null where nothing simple would have changed the outcome"
    )
    words: Words


class FlagDetailOut(FlagOut):
    """A flag with the days its judgement rests on and the trace of that judgement."""

    evidence: list[Stretch]
    content_hash: str
    trace: Trace
    words: Words = Field(description="one sentence: the figures, the limit, who acts, or why not")
    explanation: Words = Field(description="a few sentences for the employee concerned")
    meaning: Words | None = Field(description="of a preset's rule: what it means in law or custom")


DECIDER = Field(default=None, description="who decided; the key's id when nobody is named")


class ReleaseIn(WireModel):
    """A person's decision to refer."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"released_by": "HR-specialist 7", "employee_informed_on": "2026-03-03"}]
        }
    )

    released_by: Name
    employee_informed_on: Day | None = None
    provider_id: str | None = Field(default=None, max_length=40)


class DismissIn(WireModel):
    """A person's decision that nothing is needed."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"decided_by": "HR-specialist 7", "reason": "no_need"}]}
    )

    decided_by: Name | None = DECIDER
    reason: DismissReason


class ObjectIn(WireModel):
    """The employee's objection, recorded by the employer."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"decided_by": "HR-specialist 7"}]})

    decided_by: Name | None = DECIDER


class HandleIn(WireModel):
    """A `notify` flag dealt with."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "decided_by": "Manager 12",
                    "handled_on": "2026-03-04",
                    "outcome": "talk_held",
                }
            ]
        }
    )

    decided_by: Name | None = DECIDER
    handled_on: Day
    outcome: HandleOutcome


class Exemption(WireModel):
    """Days on which no rule acts on the employee."""

    first_day: Day
    last_day: Day | None = None
    reason: ExemptionReason

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last_day is not None and self.last_day < self.first_day:
            raise PydanticCustomError("range_reversed", "the last day is before the first")
        return self


class Exemptions(WireModel):
    """The whole list, as it now is."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "exemptions": [
                        {
                            "first_day": "2026-01-01",
                            "last_day": "2026-12-31",
                            "reason": "high_risk_protection",
                        }
                    ]
                }
            ]
        }
    )

    exemptions: list[Exemption] = Field(max_length=100)

    @model_validator(mode="after")
    def _begin_apart(self) -> Self:
        if len({one.first_day for one in self.exemptions}) < len(self.exemptions):
            raise PydanticCustomError("duplicate_first_day", "two begin on the same day")
        return self


class UncountedAbsence(BaseModel):
    """An absence that no rule sees, and why."""

    source: str
    absence: str
    reason: str
    events: list[EventRef]


class TriggerOut(BaseModel):
    """A trigger, and what became of it: a flag, or the reason why there is none today.

    `reason`: also of a flag that does nothing by itself (`suppressed`, `inhibited`).
    """

    on: Day
    kind: Literal["crossing", "renewal"]
    accepted: bool
    flag_id: str | None
    flag_state: FlagState | None
    reason: str | None
    words: Words | None


class RuleEvaluation(BaseModel):
    """What one active rule says on the day, with its triggers."""

    rule_id: str
    rule: str
    version: int
    content_hash: str
    holds: bool
    trace: Trace
    triggers: list[TriggerOut]
    meaning: Words | None = Field(description="of a preset's rule: what it means in law or custom")


class EvaluationOut(BaseModel):
    """What the active rules say of an employee on a day."""

    employee_id: str
    as_of: Day
    rules: list[RuleEvaluation]
    not_counted: list[UncountedAbsence]
