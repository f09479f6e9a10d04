"""What speaks against a service as it was entered: days that cannot be, and who is not known.

Values in, findings out. Nothing here asks how far a referral has come: that is the provider's and
the employee's own, and a refusal would tell.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from app.absences.policy import Period
from app.core.errors import FieldError
from app.grants.schemas import GrantIn


@dataclass(frozen=True, slots=True)
class Known:
    """What the tenant knows of those whom an entry names.

    `employment`: None where the employee is not known, empty where the periods are not.
    `referred`: whom the referral is for, None where it is not known. `provider`: there is one, and
    `approved` says by Försäkringskassan or not, None for unknown.
    """

    employment: Sequence[Period] | None
    referred: str | None
    provider: bool
    approved: bool | None


def findings(entry: GrantIn, known: Known, *, today: date) -> list[FieldError]:
    """Everything that speaks against the entry: those it names first, then its days."""
    return [
        FieldError(f"#/{name}", code, detail)
        for name, code, detail in (*_of_parties(entry, known), *_of_days(entry, known, today))
    ]


Finding = tuple[str, str, str]


def _of_parties(entry: GrantIn, known: Known) -> Iterator[Finding]:
    if known.employment is None:
        yield "employee_id", "unknown_employee", "There is no such employee."
    if entry.referral_id is not None and known.referred is None:
        yield "referral_id", "unknown_referral", "There is no such referral."
    elif entry.referral_id is not None and known.referred != entry.employee_id:
        yield "referral_id", "referral_mismatch", "The referral is for another employee."
    if entry.provider_id is not None and not known.provider:
        yield "provider_id", "unknown_provider", "There is no such provider."
    elif entry.provider_id is not None and known.approved is False:
        yield "provider_id", "provider_not_approved", NOT_APPROVED


NOT_APPROVED = (
    "The grant is for services of providers that Försäkringskassan has approved "
    "(förordning 2014:67, 7 §); this one is not."
)


def _of_days(entry: GrantIn, known: Known, today: date) -> Iterator[Finding]:
    yield from _of_employment(entry.performed_on, known.employment or ())
    for name in ("performed_on", "paid_on", "provider_report_on"):
        if (day := getattr(entry, name)) is not None and day > today:
            yield name, "date_in_future", "This is entered when it has happened."
    if entry.paid_on is not None and entry.paid_on < entry.performed_on:
        detail = "The invoice shows the day of the service, so it is paid on that day or later."
        yield "paid_on", "paid_before_performed", detail
    if entry.provider_report_on is not None and entry.provider_report_on < entry.performed_on:
        detail = "The provider reports a service when it has been performed."
        yield "provider_report_on", "reported_before_performed", detail


def _of_employment(performed_on: date, employment: Sequence[Period]) -> Iterator[Finding]:
    day = performed_on.toordinal()
    if not employment or any(_within(day, period) for period in employment):
        return
    if day < min(first for first, _ in employment):
        detail = "The employment had not begun on that day."
        yield "performed_on", "before_employment", detail
    else:
        yield "performed_on", "outside_employment", "There was no employment on that day."


def _within(day: int, period: Period) -> bool:
    first, last = period
    return first <= day and (last is None or day <= last)
