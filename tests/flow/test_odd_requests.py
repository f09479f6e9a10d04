"""What no sensible caller sends is refused by name, on either engine, and is no fault of ours."""

from typing import Any

import pytest

from tests.kit import FIVE, Employer, Service, event

NUL = "%00"
THREE_NULS = "AAAA"
"""What base64 makes of them, where a cursor is expected."""


@pytest.fixture
def employer(service: Service) -> Employer:
    return service.employer()


def test_a_nul_character_in_an_address_finds_nothing(employer: Employer) -> None:
    paths = ("flags", "referrals", "employees", "rules", "providers", "deliveries")
    found = {path: employer("GET", f"/v1/{path}/x{NUL}").status_code for path in paths}
    assert found == dict.fromkeys(paths, 404)


def test_a_nul_character_in_a_filter_or_cursor_is_no_fault(employer: Employer) -> None:
    queries = (
        f"flags?unit={NUL}",
        f"flags?rule=a{NUL}",
        f"referrals?state={NUL}",
        f"deliveries?endpoint={NUL}",
        f"flags?cursor={THREE_NULS}",
        f"rules?cursor={THREE_NULS}",
    )
    answers = {query: employer("GET", f"/v1/{query}").status_code for query in queries}
    assert {query: status for query, status in answers.items() if status not in (200, 422)} == {}
    search = {"cursor": THREE_NULS}
    assert employer("POST", "/v1/employees/search", search).status_code in (200, 422)


def test_days_from_1990_to_two_years_from_now_can_be_asked_about(employer: Employer) -> None:
    [*_, fifth] = employer.batch(*map(event, FIVE))
    path = f"/v1/employees/{fifth['employee_id']}"
    asked = [(v, d) for v in ("evaluation", "episodes") for d in ("1990-01-01", "2028-03-02")]
    answers = {(v, d): employer("GET", f"{path}/{v}?as_of={d}").status_code for v, d in asked}
    assert answers == dict.fromkeys(asked, 200)
    for view in ("evaluation", "episodes"):
        problem = employer.refused(422, "GET", f"{path}/{view}?as_of=2028-03-03")
        assert [e["code"] for e in problem["errors"]] == ["date_out_of_range"]


def exemption(first_day: str, last_day: str | None = None) -> dict[str, Any]:
    return {"first_day": first_day, "last_day": last_day, "reason": "other"}


def test_nobody_is_exempted_who_is_not_there(employer: Employer) -> None:
    lists: list[Any] = [[], [exemption("2026-01-01")]]
    answers = [
        employer("PUT", f"/v1/employees/{employee_id}/exemptions", {"exemptions": listed})
        for employee_id in ("emp_none", stranger(employer.service))
        for listed in lists
    ]
    assert [answer.status_code for answer in answers] == [404] * 4


def stranger(service: Service) -> str:
    """An employee of another employer."""
    [answer] = service.employer().batch(event(FIVE[-1]))
    return str(answer["employee_id"])


@pytest.mark.parametrize(
    "exemptions",
    [
        [exemption("2026-03-01", "2026-02-01")],
        [exemption("2026-01-01"), exemption("2026-01-01", "2026-02-01")],
    ],
    ids=["reversed", "two from one day"],
)
def test_exemptions_that_make_no_list_are_refused_as_invalid(
    employer: Employer, exemptions: list[Any]
) -> None:
    [answer] = employer.batch(event(FIVE[-1]))
    path = f"/v1/employees/{answer['employee_id']}/exemptions"
    kept = {"exemptions": [exemption("2026-03-01")]}
    employer.ok("PUT", path, kept)
    refused = employer.refused(422, "PUT", path, {"exemptions": exemptions})
    assert refused["code"] == "invalid_input"


def test_a_refused_contradiction_leaves_no_employee_behind(employer: Employer) -> None:
    first = event(FIVE[-1], id="said")
    employer.post(first)
    employer.refused(409, "POST", "/v1/events", first | {"employee": "unheard-of"})
    found = employer.ok("POST", "/v1/employees/search", {})["items"]
    assert [one["employee"] for one in found] == ["1001"]


def test_any_version_matches_a_star(employer: Employer) -> None:
    body = {"policy": {"short_max_days": 7}}
    changed = employer("PATCH", "/v1/tenant", body, headers={"If-Match": "*"})
    assert changed.status_code == 200
