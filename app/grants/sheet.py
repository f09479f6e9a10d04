"""A year's ledger as a file for a Swedish spreadsheet (CSV).

Semicolons, decimal commas and a byte order mark are what a Swedish Excel opens rightly; systems
read the JSON. One line a service, then one an employee and one for the employer: `line` says which.
"""

import csv
import io
from collections.abc import Iterator

from app.grants.schemas import DeadlineOut, EmployeeShareOut, GrantReportOut, LineOut, ShareOut

COLUMNS = (
    "line",
    "id",
    "employee_id",
    "employee",
    "referral_id",
    "provider_id",
    "kind",
    "measure",
    "performed_on",
    "paid_on",
    "amount",
    "status",
    "full",
    "grant",
    "would_give",
    "limited_by",
    "cap",
    "left",
    "lacks",
    "lacks_in_words",
    "apply_by",
    "days_left",
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula; texts alone are looked at."""


def as_csv(report: GrantReportOut) -> bytes:
    """The file, in UTF-8."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", delimiter=";")
    writer.writeheader()
    writer.writerows(_lines(report))
    return b"\xef\xbb\xbf" + text.getvalue().encode("utf-8")


def _lines(report: GrantReportOut) -> Iterator[dict[str, str]]:
    for service in report.services:
        yield {"line": "service"} | _service(service)
    for employee in report.employees:
        yield {"line": "employee"} | _employee(employee)
    yield {"line": "employer"} | _share(report.employer) | _deadline(report.deadline)


def _service(line: LineOut) -> dict[str, str]:
    names = ("id", "employee_id", "employee", "referral_id", "provider_id", "kind", "limited_by")
    amounts = ("amount", "full", "grant", "would_give")
    return {
        **{name: _safe(getattr(line, name) or "") for name in names},
        **{name: _comma(getattr(line, name)) for name in amounts},
        "measure": line.words.sv,
        "performed_on": line.performed_on.isoformat(),
        "paid_on": line.paid_on.isoformat() if line.paid_on else "",
        "status": line.status,
        "lacks": " ".join(lack.code for lack in line.lacks),
        "lacks_in_words": " ".join(lack.words.sv for lack in line.lacks),
    }


def _employee(share: EmployeeShareOut) -> dict[str, str]:
    who = {"employee_id": share.employee_id, "employee": _safe(share.employee)}
    return who | _share(share)


def _share(share: ShareOut) -> dict[str, str]:
    return {
        "amount": _comma(share.cost),
        "grant": _comma(share.grant),
        "would_give": _comma(share.would_give),
        "cap": _comma(share.cap),
        "left": _comma(share.left),
    }


def _deadline(until: DeadlineOut) -> dict[str, str]:
    return {
        "apply_by": until.last_day.isoformat(),
        "days_left": "passed" if until.passed else str(until.days_left),
    }


def _comma(amount: str) -> str:
    return amount.replace(".", ",")


def _safe(text: str) -> str:
    """An employment number is whatever the source says; as a formula it would be carried out."""
    return f"'{text}" if text.startswith(_FORMULA) else text
