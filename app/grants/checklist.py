"""What the papers of one service still lack: application, provider's report, invoice.

Pure. The application names provider and employee and proves the amount paid; the provider reports
each person by herself, on form 7026 or the like; the invoice shows five things, for each measure
and date, and may concern one employee only (Försäkringskassan, "Redovisa"; domain.md 3).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args

Shown = Literal["date", "employee", "performer", "measure", "cost"]
"""What an invoice has to show."""
SHOWN: tuple[Shown, ...] = get_args(Shown)

Document = Literal["application", "provider_report", "invoice"]
Lack = Literal[
    "provider",
    "provider_approval",
    "payment",
    "provider_report",
    "invoice_date",
    "invoice_employee",
    "invoice_performer",
    "invoice_measure",
    "invoice_cost",
]


@dataclass(frozen=True, slots=True)
class Item:
    """Something that may be lacking: in which document, and in words."""

    document: Document
    sv: str
    en: str


ITEMS: dict[Lack, Item] = {
    "provider": Item(
        "application",
        "Vilken anordnare som utförde tjänsten.",
        "Which provider performed the service.",
    ),
    "provider_approval": Item(
        "application",
        "Att anordnaren är godkänd av Försäkringskassan.",
        "That the provider is approved by Försäkringskassan.",
    ),
    "payment": Item(
        "application",
        "Betalningsdag: det belopp som har betalats ska styrkas.",
        "The day of payment: the amount paid has to be proved.",
    ),
    "provider_report": Item(
        "provider_report",
        "Anordnarens redovisning (blankett 7026 eller motsvarande): en person per redovisning, "
        "vilka åtgärder, och för en utredning dess slutsatser.",
        "The provider's report (form 7026 or the like): one person a report, which measures, and "
        "for an investigation its conclusions.",
    ),
    "invoice_date": Item(
        "invoice",
        "Datum för varje åtgärd på fakturan.",
        "The date of each measure on the invoice.",
    ),
    "invoice_employee": Item(
        "invoice",
        "Medarbetarens namn och personnummer på fakturan, och ingen annans.",
        "The employee's name and personal number on the invoice, and nobody else's.",
    ),
    "invoice_performer": Item(
        "invoice",
        "Vem som utförde åtgärden, med kompetens, på fakturan.",
        "Who performed the measure, with what competence, on the invoice.",
    ),
    "invoice_measure": Item(
        "invoice", "Åtgärdens namn på fakturan.", "The name of the measure on the invoice."
    ),
    "invoice_cost": Item(
        "invoice",
        "Kostnad per åtgärd och datum på fakturan.",
        "The cost for each measure and date on the invoice.",
    ),
}
_ON_INVOICE: dict[Shown, Lack] = {
    "date": "invoice_date",
    "employee": "invoice_employee",
    "performer": "invoice_performer",
    "measure": "invoice_measure",
    "cost": "invoice_cost",
}


def lacking(
    *,
    provider_id: str | None,
    approved: bool | None,
    paid_on: date | None,
    provider_report_on: date | None,
    invoice_shows: Collection[str],
) -> tuple[Lack, ...]:
    """What a service still lacks, in the order in which the papers come.

    `approved`: the provider by Försäkringskassan, None where that is not known. A provider that
    is known not to be approved lacks it, too.
    """
    found: list[Lack] = []
    if provider_id is None:
        found.append("provider")
    elif not approved:
        found.append("provider_approval")
    if paid_on is None:
        found.append("payment")
    if provider_report_on is None:
        found.append("provider_report")
    return (*found, *(_ON_INVOICE[part] for part in SHOWN if part not in invoice_shows))
