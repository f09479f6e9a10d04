"""The ledger as a file: read back as a spreadsheet reads it, and nothing in it is a formula."""

import csv
import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

import pytest

from app.grants.checklist import SHOWN
from app.grants.report import report
from app.grants.sheet import COLUMNS, as_csv

TODAY = date(2026, 11, 2)


@dataclass
class Row:
    """A service as the store gives it."""

    grant_id: str = "grt_1"
    employee_id: str = "emp_1"
    referral_id: str | None = None
    provider_id: str | None = "prv_1"
    kind: str = "supportive_talk"
    performed_on: date = date(2026, 3, 2)
    paid_on: date | None = date(2026, 4, 1)
    ore: int = 1_250_050
    provider_report_on: date | None = date(2026, 3, 20)
    invoice_shows: list[str] = field(default_factory=lambda: [*SHOWN])
    number: str = "1001"
    grant_approved: bool | None = True
    person_id: str | None = None
    created_at: datetime = datetime(2026, 4, 1, tzinfo=UTC)


def read(*rows: Row, today: date = TODAY) -> list[dict[str, str]]:
    file = as_csv(report(rows, 2026, today)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(file, newline=""), delimiter=";"))


def test_sums_several_employments_of_one_person_under_one_cap():
    twice = [
        Row(grant_id=f"grt_{n}", employee_id=f"emp_{n}", ore=2_000_000, person_id="emp_1")
        for n in (1, 2)
    ]
    assert report(twice, 2026, TODAY).employer.grant == "10000.00"
    apart = [Row(grant_id=f"grt_{n}", employee_id=f"emp_{n}", ore=2_000_000) for n in (1, 2)]
    assert report(apart, 2026, TODAY).employer.grant == "20000.00"


def test_has_a_line_for_each_service_employee_and_the_employer():
    lines = read(Row(), Row(grant_id="grt_2", employee_id="emp_2", number="åäö"))
    assert [line["line"] for line in lines] == ["service"] * 2 + ["employee"] * 2 + ["employer"]
    assert [line["employee"] for line in lines] == ["1001", "åäö", "1001", "åäö", ""]
    assert all(tuple(line) == COLUMNS for line in lines)


def test_writes_amounts_with_a_comma_and_what_is_missing_in_words():
    service, employee, employer = read(Row(provider_report_on=None, invoice_shows=["date"]))
    assert service["amount"] == "12500,50"
    assert (service["full"], service["grant"]) == ("6250,25", "6250,25")
    assert service["measure"] == "Stödsamtal"
    assert service["lacks"].split()[:2] == ["provider_report", "invoice_employee"]
    assert "blankett 7026" in service["lacks_in_words"]
    assert (employee["cap"], employee["left"]) == ("10000,00", "3749,75")
    assert (employer["cap"], employer["left"]) == ("200000,00", "193749,75")


@pytest.mark.parametrize(
    ("today", "left"), [("2026-11-02", "91"), ("2027-02-01", "0"), ("2027-02-02", "passed")]
)
def test_counts_the_days_down(today: str, left: str):
    [employer] = read(today=date.fromisoformat(today))
    assert (employer["apply_by"], employer["days_left"]) == ("2027-02-01", left)


@pytest.mark.parametrize(
    "number", ["=1+1", "+46701234567", "-2", "@SUM(A1)", '=HYPERLINK("http://x";"y")', "=a;b"]
)
def test_has_no_formula_in_an_employment_number(number: str):
    service, employee, _ = read(Row(number=number))
    assert service["employee"] == employee["employee"] == f"'{number}"


@pytest.mark.parametrize("number", ["a;b", 'a"b', "1=2", "'1001"])
def test_keeps_a_plain_number_as_it_is(number: str):
    assert read(Row(number=number))[0]["employee"] == number


def test_begins_with_a_mark_that_says_utf_8():
    assert as_csv(report([], 2026, TODAY)).startswith(b"\xef\xbb\xbfline;id;")
