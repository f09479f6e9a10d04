"""Where people are counted, or have a cap, somebody with two employments is one of them."""

from tests.flow.test_grants import bought, employee, ledger
from tests.flow.test_reports import ATTENDANCE, TODAY, employ, participants, say, sick, wish
from tests.kit import Employer, Service, at


def five_with_two_each(service: Service) -> tuple[Employer, list[str], list[str]]:
    """Their employment numbers and ids, one after the other."""
    service.set_day("2026-02-04")
    employer = service.employer(preset=None)
    numbers = employ(employer, "north", 10)
    found = [
        employer.ok("POST", "/v1/employees/search", {"employee": n})["items"][0] for n in numbers
    ]
    ids = [one["id"] for one in found]
    for one, other in zip(ids[::2], ids[1::2], strict=True):
        employer.ok("POST", f"/v1/employees/{one}/join", {"with": other})
    return employer, numbers, ids


def test_five_with_two_each_are_no_ten_who_take_part(service: Service) -> None:
    """Regression: the outcomes report counted employments, and so told of five people."""
    employer, numbers, ids = five_with_two_each(service)
    wish(employer, numbers[::2])
    for who in ids[1::2]:
        body = {"kind": "alignment", "employee_id": who}
        body |= {"starts_at": at("2026-02-04", 10).isoformat()}
        meeting = employer.ok("POST", "/v1/meetings", body)
        employer.ok("POST", f"/v1/meetings/{meeting['id']}/hold")
    service.set_day(TODAY)
    assert participants(employer, "2026-02", "2026-02") is None


def test_nor_ten_who_are_absent(service: Service) -> None:
    """Regression: the same in the report of a month's attendance."""
    employer, numbers, _ = five_with_two_each(service)
    say(employer, *sick(numbers, "2026-02-02", "2026-02-03"))
    service.set_day(TODAY)
    total = employer.ok("GET", ATTENDANCE)["total"]
    assert (total["employed"], total["sick_days"]) == (None, None)


def test_who_is_joined_has_one_cap_of_the_grant(service: Service) -> None:
    """Regression: it was shared by personal number alone, not where somebody had said so."""
    employer = service.employer()
    one, other = employee(employer), employee(employer, "1002")
    for who in (one, other):
        employer.ok("POST", "/v1/grants", bought(who, amount="20000.00", paid_on="2026-03-01"))
    assert ledger(employer)["employer"]["grant"] == "20000.00"
    employer.ok("POST", f"/v1/employees/{one}/join", {"with": other})
    assert ledger(employer)["employer"]["grant"] == "10000.00"
