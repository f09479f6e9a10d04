"""A year's ledger as it is answered: rows of the store in, the document out. No database."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.grants.checklist import ITEMS, lacking
from app.grants.kinds import WORDS
from app.grants.ledger import ORDER, Line, Service, Share, Terms, deadline, settle
from app.grants.money import kronor
from app.grants.schemas import (
    DeadlineOut,
    EmployeeShareOut,
    GrantOut,
    GrantReportOut,
    LackOut,
    LineOut,
    ShareOut,
    TermsOut,
)
from app.rules.schemas import Words


def report(rows: Sequence[Any], year: int, today: date) -> GrantReportOut:
    """The ledger of a year, as it stands today."""
    by_id = {row.grant_id: row for row in rows}
    numbers = {row.employee_id: row.number for row in rows}
    persons = _persons(rows)
    services = [_service(row, persons[row.employee_id]) for row in rows]
    ledger = settle(services, year, today=today)
    lines = [_line(line, by_id[line.service.id]) for line in ledger.lines]
    until = deadline(year, today=today)
    return GrantReportOut(
        year=year,
        as_of=today,
        terms=_terms(ledger.terms) if ledger.terms else None,
        deadline=DeadlineOut(
            last_day=until.last_day, days_left=until.days_left, passed=until.passed
        ),
        order=[*ORDER],
        employer=ShareOut(**_share(ledger.employer)),
        employees=[
            EmployeeShareOut(employee_id=one, employee=numbers[one], **_share(share))
            for one, share in ledger.employees.items()
        ],
        services=lines,
        lacking=sum(bool(line.lacks) for line in lines),
    )


def shown(row: Any) -> GrantOut:
    """One service as it stands in lists."""
    names = ("employee_id", "referral_id", "provider_id", "kind", "performed_on", "paid_on")
    more = ("provider_report_on", "invoice_shows", "created_at", "changed_at")
    return GrantOut(
        id=row.grant_id,
        amount=kronor(row.ore),
        lacks=_lacks(row),
        **{name: getattr(row, name) for name in (*names, *more)},
    )


def _persons(rows: Sequence[Any]) -> dict[str, str]:
    """Under which of their employments each employee's services are summed.

    The cap is one person's: several employments known to be the same person's share it.
    """
    first: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: str(row.employee_id)):
        first.setdefault(row.person_id or row.employee_id, row.employee_id)
    return {row.employee_id: first[row.person_id or row.employee_id] for row in rows}


def _service(row: Any, person: str) -> Service:
    return Service(
        row.grant_id,
        person,
        row.performed_on,
        row.paid_on,
        row.ore,
        approved=row.grant_approved,
    )


def _lacks(row: Any) -> list[LackOut]:
    codes = lacking(
        provider_id=row.provider_id,
        approved=row.grant_approved,
        paid_on=row.paid_on,
        provider_report_on=row.provider_report_on,
        invoice_shows=row.invoice_shows,
    )
    found = [(code, ITEMS[code]) for code in codes]
    return [
        LackOut(code=code, document=item.document, words=Words(sv=item.sv, en=item.en))
        for code, item in found
    ]


def _line(line: Line, row: Any) -> LineOut:
    names = ("employee_id", "referral_id", "provider_id", "kind", "performed_on", "paid_on")
    sv, en = WORDS[row.kind]
    return LineOut(
        id=row.grant_id,
        employee=row.number,
        words=Words(sv=sv, en=en),
        amount=kronor(row.ore),
        status=line.status,
        full=kronor(line.full),
        grant=kronor(line.grant),
        would_give=kronor(line.would_give),
        limited_by=line.limited_by,
        lacks=_lacks(row),
        **{name: getattr(row, name) for name in names},
    )


def _share(share: Share) -> dict[str, str]:
    names = ("cost", "grant", "would_give", "cap", "left")
    return {name: kronor(getattr(share, name)) for name in names}


def _terms(terms: Terms) -> TermsOut:
    return TermsOut(
        valid_from=terms.valid_from,
        rate=str(terms.rate),
        per_employee=kronor(terms.per_employee),
        per_employer=kronor(terms.per_employer),
        source=terms.source,
    )
