"""Nobody says anything, and yet a day has come: what time alone does, once a local date."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from tests.kit import FIVE, STOCKHOLM, Employer, Service, event

DAY_30 = {
    "id": "day-30",
    "when": {"measure": "ongoing_days", "op": "at_least", "value": 30},
    "action": "notify",
    "rearm_days": 1,
}


def put(employer: Employer, employee: str, **more: Any) -> str:
    """Describe an employee; answers the id."""
    made = employer.ok("PUT", "/v1/employees", {"employee": employee} | more)
    return str(made["id"])


def flags(employer: Employer) -> list[tuple[str, str]]:
    """Day and state of every flag, in the order raised."""
    return [(flag["on"], flag["state"]) for flag in employer.items("/v1/flags")]


def days_after(day: str, number: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=number)).isoformat()


def test_an_absence_reported_ahead_flags_on_its_day_and_not_before(service: Service) -> None:
    employer = service.employer()
    ahead = event("2026-03-09", last_day="2026-03-10", occurred_on=FIVE[-1])
    [*_, answer] = employer.batch(*map(event, FIVE[:4]), ahead)
    assert answer["flags"] == []
    for day in ("2026-03-02", "2026-03-08"):
        service.set_day(day)
        service.tick()
        assert flags(employer) == []
    service.set_day("2026-03-09")
    assert service.tick() == 1
    assert flags(employer) == [("2026-03-09", "released")]
    assert employer.messages() == ["flag.raised", "referral.requested"]


def test_an_ongoing_absence_reaches_its_thirtieth_day_by_itself(service: Service) -> None:
    employer = service.employer(preset=None)
    employer.rule(DAY_30)
    employer.post(event("2026-03-02", last_day=...))
    seen = {}
    for number in range(1, 33):
        service.set_day(days_after("2026-03-02", number - 1))
        service.tick()
        seen[number] = flags(employer)
    thirtieth = ("2026-03-31", "open")
    assert seen == {n: [] if n < 30 else [thirtieth] for n in seen}
    assert employer.messages() == ["flag.raised"]


def test_the_days_a_process_was_down_are_made_up_for_at_one_look(service: Service) -> None:
    employer = service.employer(preset=None)
    employer.rule(DAY_30)
    employer.post(event("2026-03-02", last_day=...))
    service.set_day("2026-04-20")
    service.tick()
    assert flags(employer) == [("2026-03-31", "open")]
    said = {"type": "absence.ended", "first_day": ..., "last_day": "2026-03-20"}
    employer.post(event("2026-03-02", occurred_on="2026-04-20", **said))
    assert flags(employer) == [("2026-03-31", "withdrawn")]


def test_a_second_look_on_the_same_date_changes_and_tells_nothing(service: Service) -> None:
    employer = service.employer()
    employer.batch(*map(event, FIVE[:4]), event("2026-03-09", occurred_on=FIVE[-1]))
    service.set_day("2026-03-09")
    service.tick()
    before = employer.items("/v1/flags"), employer.messages()
    assert service.tick() == 0
    service.pass_time(3600)
    assert service.tick() == 0
    assert (employer.items("/v1/flags"), employer.messages()) == before


@pytest.mark.parametrize("sunday", ["2026-03-29", "2026-10-25"])
def test_a_day_of_23_or_25_hours_is_looked_at_once(service: Service, sunday: str) -> None:
    """A job set for 02:30 would come not at all on the one, and twice on the other."""
    service.set_day(days_after(sunday, -1))
    employer = service.employer()
    employer.post(event(days_after(sunday, -3), last_day=...))
    service.tick()
    looked: list[str] = []
    for _ in range(2 * 24 + 1):
        service.pass_time(1800)
        local = service.clock.now().astimezone(STOCKHOLM)
        looked += [str(local.date())] * service.tick()
    assert looked == [sunday]


def test_nobody_is_looked_at_again_who_is_well_and_employed(service: Service) -> None:
    employer = service.employer()
    employer.batch(*map(event, FIVE))
    assert service.tick() == 0
    service.set_day("2026-03-03")
    assert service.tick() == 0
    employer.post(event("2026-03-03", last_day=...))
    service.set_day("2026-03-04")
    assert [service.tick(), service.tick()] == [1, 0]


@pytest.mark.parametrize("release", ["manual", "automatic"])
def test_what_is_open_closes_the_day_after_the_last_employment(
    service: Service, release: str
) -> None:
    employer = service.employer(release=release)
    employer.batch(*map(event, FIVE))
    before = employer.messages()
    put(employer, "1001", employment=[{"first_day": "2020-01-01", "last_day": "2026-03-04"}])
    service.set_day("2026-03-04")
    service.tick()
    [(on, state)] = flags(employer)
    assert (on, state) == (FIVE[-1], {"manual": "open", "automatic": "released"}[release])
    assert employer.messages() == before
    service.set_day("2026-03-05")
    service.tick()
    assert flags(employer) == [(FIVE[-1], "withdrawn")]
    closed = {"manual": ["flag.withdrawn"], "automatic": ["flag.withdrawn", "referral.withdrawn"]}
    assert employer.messages()[len(before) :] == closed[release]


def test_an_employment_that_had_ended_already_closes_at_once(service: Service) -> None:
    employer = service.employer()
    employer.batch(*map(event, FIVE))
    put(employer, "1001", employment=[{"first_day": "2020-01-01", "last_day": "2026-03-01"}])
    assert flags(employer) == [(FIVE[-1], "withdrawn")]
    put(employer, "1001", employment=[{"first_day": "2020-01-01"}])
    assert flags(employer) == [(FIVE[-1], "withdrawn"), (FIVE[-1], "released")]


def test_days_outside_the_employments_are_not_counted(service: Service) -> None:
    employer = service.employer()
    put(employer, "1001", employment=[{"first_day": "2025-10-01"}])
    [*_, fifth] = employer.batch(*map(event, FIVE))
    assert fifth["flags"] == []
    put(employer, "1001", employment=[])
    assert flags(employer) == [(FIVE[-1], "released")]


def test_what_an_employee_message_does_not_name_stays(service: Service) -> None:
    employer = service.employer()
    employment = [{"first_day": "2025-10-01", "last_day": None, "form": "permanent"}]
    employee_id = put(employer, "1001", unit="norr", employment=employment)
    assert put(employer, "1001", unit="syd") == employee_id
    seen = employer.ok("GET", f"/v1/employees/{employee_id}")
    assert (seen["unit"], seen["employment"]) == ("syd", employment)


def exempt(employer: Employer, employee_id: str, *periods: dict[str, Any]) -> None:
    employer.ok("PUT", f"/v1/employees/{employee_id}/exemptions", {"exemptions": list(periods)})


def period(first_day: str, last_day: str | None = None) -> dict[str, Any]:
    reason = {"reason": "high_risk_protection"}
    return {"first_day": first_day} | ({"last_day": last_day} if last_day else {}) | reason


def test_an_exempted_employee_is_not_flagged_until_the_exemption_is_removed(
    service: Service,
) -> None:
    employer = service.employer()
    employee_id = put(employer, "1001")
    exempt(employer, employee_id, period("2026-01-01"))
    employer.batch(*map(event, FIVE))
    [flag] = employer.items("/v1/flags")
    assert (flag["state"], flag["reason"]) == ("suppressed", "high_risk_protection")
    assert employer.messages() == []
    service.set_day("2026-03-20")
    exempt(employer, employee_id)
    assert flags(employer) == [(FIVE[-1], "withdrawn"), (FIVE[-1], "released")]
    assert employer.messages() == ["flag.raised", "referral.requested"]
    exempt(employer, employee_id)
    assert employer.messages() == ["flag.raised", "referral.requested"]


def test_an_exemption_that_is_set_later_leaves_what_was_raised(service: Service) -> None:
    employer = service.employer()
    [*_, fifth] = employer.batch(*map(event, FIVE))
    before = employer.messages()
    exempt(employer, fifth["employee_id"], period("2026-01-01"))
    assert flags(employer) == [(FIVE[-1], "released")]
    assert employer.messages() == before


def test_an_exemption_that_runs_out_covers_its_own_days_alone(service: Service) -> None:
    employer = service.employer()
    employee_id = put(employer, "1001")
    exempt(employer, employee_id, period("2026-03-01", "2026-03-10"))
    employer.batch(*map(event, FIVE))
    for day in ("2026-03-10", "2026-03-11", "2026-03-12"):
        service.set_day(day)
        service.tick()
        assert flags(employer) == [(FIVE[-1], "suppressed")]
    employer.post(event("2026-03-12"))
    assert flags(employer) == [(FIVE[-1], "suppressed"), ("2026-03-12", "released")]


def test_each_employer_has_the_date_of_its_own_time_zone(service: Service) -> None:
    far, near = "America/New_York", "Europe/Stockholm"
    service.set_day("2026-03-01")
    tenants = {zone: service.employer(time_zone=zone) for zone in (near, far)}
    for employer in tenants.values():
        ahead = event("2026-03-02", occurred_on="2026-03-01")
        employer.batch(*map(event, FIVE[:4]), ahead)
    # Half past midnight on Monday in Stockholm; Sunday evening in New York.
    service.clock.set(datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    assert service.tick() == 1
    assert flags(tenants[near]) == [("2026-03-02", "released")]
    assert flags(tenants[far]) == []
    service.clock.set(datetime(2026, 3, 2, 4, 59, tzinfo=UTC))
    assert service.tick() == 0
    service.clock.set(datetime(2026, 3, 2, 5, 0, tzinfo=UTC))
    assert service.tick() == 1
    assert flags(tenants[far]) == [("2026-03-02", "released")]


def test_a_report_of_today_counts_where_it_is_today_already(service: Service) -> None:
    service.clock.set(datetime(2026, 3, 1, 23, 30, tzinfo=UTC))
    answers = {}
    for zone in ("Europe/Stockholm", "America/New_York"):
        employer = service.employer(time_zone=zone)
        [*_, fifth] = employer.batch(*map(event, FIVE))
        answers[zone] = len(fifth["flags"])
    assert answers == {"Europe/Stockholm": 1, "America/New_York": 0}
