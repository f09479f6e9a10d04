"""Wire forms of backtests."""

from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from app.core.wire import Day, Name, WireModel
from app.rules.document import Document, LadderDocument, RuleDocument, Window

State = Literal["queued", "running", "done", "failed", "cancelled"]
Change = Literal["newly_flagged", "no_longer", "unchanged"]


class StoredRule(WireModel):
    """A rule that is stored, by its id; without a version the one in force, or the newest."""

    rule_id: Name
    version: int | None = Field(default=None, ge=1, le=1_000_000)


def _form(value: Any) -> str:
    stored = "rule_id" in value if isinstance(value, dict) else isinstance(value, StoredRule)
    return "(stored)" if stored else "(document)"


RuleAsked = Annotated[
    Annotated[StoredRule, Tag("(stored)")] | Annotated[Document, Tag("(document)")],
    Discriminator(_form),
]


class SweepIn(WireModel):
    """Limits and windows to try in place of the first rule's, which is a single comparison."""

    values: list[Annotated[int, Field(ge=0, le=100_000)]] | None = Field(
        default=None,
        min_length=1,
        max_length=20,
        description="default: ten in a row, the rule's own among them",
    )
    windows: list[Window] | None = Field(
        default=None,
        min_length=1,
        max_length=12,
        description="default: 3, 6, 9, 12, 18 and 24 months",
    )


class BacktestIn(WireModel):
    """A question to the stored history."""

    model_config = ConfigDict(
        populate_by_name=True,
        json_schema_extra={
            "examples": [
                {
                    "rules": [
                        {
                            "id": "fifth-in-a-year",
                            "when": {
                                "measure": "episodes",
                                "window": {"months": 12},
                                "op": "at_least",
                                "value": 5,
                            },
                            "action": "refer",
                        }
                    ],
                    "from": "2025-01-01",
                    "to": "2025-12-31",
                    "sweep": {},
                }
            ]
        },
    )

    rules: list[RuleAsked] = Field(
        min_length=1, max_length=20, description="stored rules, or documents as they stand"
    )
    first: Day = Field(alias="from")
    last: Day = Field(alias="to", description="at most today, and ten years after `from`")
    compare_to: int | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="a version of the one rule asked about, to tell who would be flagged anew",
    )
    sweep: SweepIn | None = None
    persons: bool = Field(
        default=False, description="keep whom it would flag; asks for a key that may read cases"
    )


class MonthCount(BaseModel):
    """Flags in a calendar month."""

    month: str = Field(examples=["2026-03"])
    flags: int


class UnitCount(BaseModel):
    """Flags in a unit. Without the right to read cases, units under ten people are left out."""

    unit: str | None
    employees: int
    flags: int
    per_month: list[MonthCount]


class RuleCount(BaseModel):
    """What one rule would have said in the period."""

    rule: str
    flags: int
    persons: int
    per_month: list[MonthCount]
    per_unit: list[UnitCount]


class Overlap(BaseModel):
    """How many people both of two rules would have flagged, and how many either."""

    rules: list[str]
    both: int
    either: int


class WeekCount(BaseModel):
    """Health talks that would have been asked for in a week, after ISO 8601."""

    week: str = Field(examples=["2026-W09"])
    talks: int


class Workload(BaseModel):
    """What would have fallen to occupational health."""

    mean: float
    most: int
    weeks: list[WeekCount]


class ChangeCount(BaseModel):
    """People flagged in the period, against the version compared with."""

    newly_flagged: int
    no_longer: int
    unchanged: int


class SweepOut(BaseModel):
    """A row for each window, a column for each limit."""

    rule: str
    measure: str
    op: str
    values: list[int]
    windows: list[dict[str, int]]
    flags: list[list[int]]
    persons: list[list[int]]


class BacktestCounts(BaseModel):
    """Counts of accepted triggers: what each rule would have said, had it always been in force."""

    persons_judged: int
    rules: list[RuleCount]
    overlap: list[Overlap]
    workload: Workload
    change: ChangeCount | None
    sweep: SweepOut | None
    hidden_units: int = Field(description="units left out because few people are in them")


class AskedRuleOut(BaseModel):
    """A rule as it was asked about."""

    rule_id: str | None
    version: int | None
    content_hash: str
    document: RuleDocument | LadderDocument


class BacktestOut(BaseModel):
    """A backtest: the question, how far it has come, and when it is done the answer."""

    model_config = ConfigDict(populate_by_name=True)

    id: str
    state: State
    progress: float = Field(ge=0, le=1)
    rules: list[AskedRuleOut]
    compared_with: AskedRuleOut | None
    first: date = Field(alias="from")
    last: date = Field(alias="to")
    persons: bool
    created_at: datetime
    ended_at: datetime | None
    problem: str | None = Field(description="why it failed: a code")
    counts: BacktestCounts | None = Field(
        description="when it is done; of rules with a scope only for a key that may read cases"
    )


class BacktestPersonOut(BaseModel):
    """Somebody whom a rule would have flagged, and when."""

    employee_id: str
    rule: str
    on: date
    change: Change | None
