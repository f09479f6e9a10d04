"""What speaks against an entry: every finding by itself, and none against what is right."""

from datetime import date
from typing import Any

import pytest

from app.grants.checks import Known, findings
from app.grants.schemas import GrantIn

TODAY = date(2026, 3, 2)
ENTRY: dict[str, Any] = {
    "employee_id": "emp_1",
    "referral_id": "ref_1",
    "provider_id": "prv_1",
    "kind": "investigation",
    "performed_on": "2026-02-02",
    "paid_on": "2026-03-02",
    "amount": "12500.00",
    "provider_report_on": "2026-02-02",
}
EMPLOYED = [
    (date(2020, 1, 1).toordinal(), date(2023, 12, 31).toordinal()),
    (date(2025, 1, 1).toordinal(), None),
]


def known(**more: Any) -> Known:
    said: dict[str, Any] = {"employment": EMPLOYED, "referred": "emp_1", "provider": True}
    return Known(**({"approved": True} | said | more))


def codes(known: Known, **more: Any) -> list[tuple[str, str]]:
    entry = GrantIn.model_validate({k: v for k, v in (ENTRY | more).items() if v is not ...})
    return [(found.pointer, found.code) for found in findings(entry, known, today=TODAY)]


@pytest.mark.parametrize(
    ("more", "of"),
    [
        ({}, {}),
        ({}, {"approved": None}),
        ({}, {"employment": ()}),
        ({"performed_on": "2025-01-01", "provider_report_on": None}, {}),
        ({"performed_on": "2023-12-31", "provider_report_on": None}, {}),
        ({"performed_on": "2026-03-02", "paid_on": None, "provider_report_on": None}, {}),
        ({"performed_on": "1995-01-01"}, {"employment": ()}),
        ({"referral_id": None}, {"referred": None}),
        ({"provider_id": None}, {"provider": False, "approved": None}),
    ],
)
def test_nothing_speaks_against_what_can_be(more: dict[str, Any], of: dict[str, Any]):
    assert codes(known(**of), **more) == []


@pytest.mark.parametrize(
    ("more", "of", "found"),
    [
        ({}, {"employment": None}, ("#/employee_id", "unknown_employee")),
        ({}, {"referred": None}, ("#/referral_id", "unknown_referral")),
        ({}, {"referred": "emp_2"}, ("#/referral_id", "referral_mismatch")),
        ({}, {"provider": False, "approved": None}, ("#/provider_id", "unknown_provider")),
        ({}, {"approved": False}, ("#/provider_id", "provider_not_approved")),
        ({"performed_on": "2019-12-31"}, {}, ("#/performed_on", "before_employment")),
        ({"performed_on": "2024-06-01"}, {}, ("#/performed_on", "outside_employment")),
        (
            {"paid_on": None, "performed_on": "2026-03-03", "provider_report_on": None},
            {},
            ("#/performed_on", "date_in_future"),
        ),
        ({"paid_on": "2026-03-03"}, {}, ("#/paid_on", "date_in_future")),
        ({"provider_report_on": "2026-03-03"}, {}, ("#/provider_report_on", "date_in_future")),
        ({"paid_on": "2026-02-01"}, {}, ("#/paid_on", "paid_before_performed")),
        (
            {"provider_report_on": "2026-02-01"},
            {},
            ("#/provider_report_on", "reported_before_performed"),
        ),
    ],
)
def test_what_cannot_be_is_found(more: dict[str, Any], of: dict[str, Any], found: Any):
    assert codes(known(**of), **more) == [found]


def test_everything_is_found_at_once():
    nobody = known(employment=None, referred=None, provider=False, approved=None)
    more = {"paid_on": "2026-02-01", "provider_report_on": "2026-04-01"}
    assert [code for _, code in codes(nobody, **more)] == [
        "unknown_employee",
        "unknown_referral",
        "unknown_provider",
        "date_in_future",
        "paid_before_performed",
    ]


def test_an_invoice_shows_each_thing_once_in_one_order():
    entry = GrantIn.model_validate(ENTRY | {"invoice_shows": ["cost", "date", "cost"]})
    assert entry.invoice_shows == ["date", "cost"]
