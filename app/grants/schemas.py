"""Wire forms of services bought for the grant, and of a year's ledger."""

from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from app.core.wire import Day, Instant, WireModel
from app.grants.checklist import SHOWN, Document, Lack, Shown
from app.grants.kinds import NOT_COVERED, Kind
from app.grants.ledger import Limit, Status
from app.grants.money import MAX_KRONOR, PATTERN, AmountOutOfRange, NoAmount, ore_of
from app.rules.schemas import Words

ObjectId = Annotated[str, Field(max_length=40)]
Sek = Annotated[str, Field(description='SEK with two decimals, as "12500.00"')]


def _covered(said: Any) -> Any:
    """Refuse what the grant does not cover with the reason why."""
    if isinstance(said, str) and said in NOT_COVERED:
        raise PydanticCustomError("not_covered", NOT_COVERED[said])
    return said


def _ore(said: Any) -> int:
    try:
        return ore_of(said)
    except AmountOutOfRange:
        words = "more than 0 and at most 1 000 000 kronor for one service"
        raise PydanticCustomError("out_of_range", words) from None
    except NoAmount:
        words = "an amount in kronor with at most two decimals"
        raise PydanticCustomError("invalid_amount", words) from None


def _once_each(shown: list[Shown]) -> list[Shown]:
    return [part for part in SHOWN if part in shown]


Amount = Annotated[
    int,
    BeforeValidator(
        _ore,
        json_schema_input_type=Annotated[
            Annotated[float, Field(gt=0, le=MAX_KRONOR)] | Annotated[str, Field(pattern=PATTERN)],
            Field(
                description="what the employer paid, or is to pay, for the service: SEK, more than "
                '0, with at most two decimals; a number or a string as "12500.00"'
            ),
        ],
    ),
]
"""Öre inside."""


class GrantIn(WireModel):
    """A service that the employer bought for one employee, and what of its papers is there."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "employee_id": "emp_01k00000000000000000000000",
                    "kind": "investigation",
                    "performed_on": "2026-02-09",
                    "paid_on": "2026-03-02",
                    "amount": "6250.00",
                    "provider_report_on": "2026-02-20",
                    "invoice_shows": ["date", "employee", "performer", "measure", "cost"],
                }
            ]
        }
    )

    employee_id: ObjectId
    referral_id: ObjectId | None = None
    provider_id: ObjectId | None = None
    kind: Annotated[Kind, BeforeValidator(_covered, json_schema_input_type=Kind)]
    performed_on: Day
    paid_on: Day | None = None
    amount: Amount
    provider_report_on: Day | None = Field(
        default=None, description="when the provider reported the service (form 7026 or the like)"
    )
    invoice_shows: Annotated[list[Shown], AfterValidator(_once_each)] = Field(
        default=[], max_length=10, description="what the invoice shows of what it has to"
    )


class LackOut(BaseModel):
    """Something the papers still lack: in which document, and in words."""

    code: Lack
    document: Document
    words: Words


class GrantOut(BaseModel):
    """A service bought, and what its papers still lack."""

    id: str
    employee_id: str
    referral_id: str | None
    provider_id: str | None
    kind: Kind
    performed_on: Day
    paid_on: Day | None
    amount: Sek
    provider_report_on: Day | None
    invoice_shows: list[Shown]
    lacks: list[LackOut]
    created_at: Instant
    changed_at: Instant


class TermsOut(BaseModel):
    """What the regulation gives, from when on."""

    valid_from: Day
    rate: str
    per_employee: Sek
    per_employer: Sek
    source: str


class DeadlineOut(BaseModel):
    """The day by which the application has to have arrived; 0 days left is that day or later."""

    last_day: Day
    days_left: int
    passed: bool


class ShareOut(BaseModel):
    """Costs, what they give, what the unpaid ones would give besides, and the cap with its rest."""

    cost: Sek
    grant: Sek
    would_give: Sek
    cap: Sek
    left: Sek


class EmployeeShareOut(ShareOut):
    """The same of one employee, with the employment number."""

    employee_id: str
    employee: str


class LineOut(BaseModel):
    """What one service gives: `full` without caps, and the cap that took from it."""

    id: str
    employee_id: str
    employee: str
    referral_id: str | None
    provider_id: str | None
    kind: Kind
    words: Words
    performed_on: Day
    paid_on: Day | None
    amount: Sek
    status: Status
    full: Sek
    grant: Sek
    would_give: Sek
    limited_by: Limit | None
    lacks: list[LackOut]


class GrantReportOut(BaseModel):
    """A year of the grant; `order` is how its costs use up the caps."""

    year: int
    as_of: Day
    terms: TermsOut | None
    deadline: DeadlineOut
    order: list[str]
    employer: ShareOut
    employees: list[EmployeeShareOut]
    services: list[LineOut]
    lacking: int = Field(description="services whose papers still lack something")
