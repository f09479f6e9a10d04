"""To whom a referral goes: the first valid provider that serves the unit and the service."""

from typing import Any

from tests.kit import FIVE, Employer, Service, event

TODAY = FIVE[-1]
INVESTIGATION = {
    "id": "investigate",
    "when": {"measure": "episodes", "window": {"months": 12}, "op": "at_least", "value": 5},
    "action": "refer",
    "service": "rehabilitation_investigation",
}


def refer(employer: Employer, number: str, unit: str | None = None) -> str | None:
    """The provider that the referral of a new employee of that unit goes to."""
    described = {"employee": number} | ({"unit": unit} if unit else {})
    employee_id = employer.ok("PUT", "/v1/employees", described)["id"]
    employer.batch(*(event(day, employee=number, id=f"{number}/{day}") for day in FIVE))
    [provider_id] = [
        referral["provider_id"]
        for referral in employer.items("/v1/referrals")
        if referral["employee_id"] == employee_id
    ]
    return provider_id


def test_a_unit_is_served_by_the_provider_that_names_it_or_by_one_for_all(
    service: Service,
) -> None:
    employer = service.employer()
    everybody = employer.provider(name="Alla", priority=20)
    north = employer.provider(name="Norr", priority=10, units=["norr", "fjäll"])
    assert refer(employer, "1", "norr") == north
    assert refer(employer, "2", "fjäll") == north
    assert refer(employer, "3", "syd") == everybody
    assert refer(employer, "4") == everybody


def test_the_lowest_priority_number_is_asked_first_then_the_oldest(service: Service) -> None:
    employer = service.employer()
    oldest = employer.provider(priority=50)
    employer.provider(priority=50)
    assert refer(employer, "1") == oldest
    first = employer.provider(priority=0)
    assert refer(employer, "2") == first


def test_a_provider_is_asked_on_its_valid_days_alone(service: Service) -> None:
    employer = service.employer()
    employer.provider(priority=1, valid_to="2026-03-01")
    employer.provider(priority=2, valid_from="2026-03-03")
    last_day = employer.provider(priority=3, valid_to=TODAY)
    assert refer(employer, "1") == last_day
    employer.provider(priority=0, valid_from=TODAY, name="Ny")
    assert refer(employer, "2") != last_day


def test_a_provider_is_asked_for_the_services_it_has(service: Service) -> None:
    employer = service.employer(preset=None)
    employer.rule(INVESTIGATION)
    employer.provider(priority=1, services=["health_talk"])
    both = employer.provider(priority=2)
    assert refer(employer, "1") == both
    [referral] = employer.items("/v1/referrals")
    assert referral["service"] == "rehabilitation_investigation"


def test_without_a_fitting_provider_the_referral_is_the_employers_to_arrange(
    service: Service,
) -> None:
    employer = service.employer()
    elsewhere = employer.provider(units=["norr"])
    assert refer(employer, "1", "syd") is None
    assert employer.messages() == ["flag.raised", "referral.requested"]
    assert employer.key_for("provider", provider=elsewhere).items("/v1/referrals") == []


def test_a_provider_changed_later_keeps_the_referrals_it_has(service: Service) -> None:
    employer = service.employer()
    provider_id = employer.provider()
    assert refer(employer, "1") == provider_id
    path = f"/v1/providers/{provider_id}"
    ended = employer.ok("PUT", path, {"name": "FHV Exempel", "valid_to": "2026-03-01"})
    assert ended["valid_to"] == "2026-03-01"
    assert refer(employer, "2") is None
    held = employer.key_for("provider", provider=provider_id).items("/v1/referrals")
    assert [referral["provider_id"] for referral in held] == [provider_id]


def release(employer: Employer, **more: Any) -> Any:
    [flag] = employer.items("/v1/flags?state=open")
    body = {"released_by": "HR 7", "employee_informed_on": TODAY} | more
    return employer("POST", f"/v1/flags/{flag['id']}/release", body)


def test_who_releases_may_name_another_fitting_provider(service: Service) -> None:
    employer = service.employer(release="manual")
    employer.provider(priority=1)
    second = employer.provider(priority=2)
    unfit = [
        employer.provider(units=["norr"]),
        employer.provider(services=["rehabilitation_investigation"]),
        employer.provider(valid_to="2026-03-01"),
        service.employer().provider(),
    ]
    employer.batch(*map(event, FIVE))
    for provider_id in [*unfit, "prv_none"]:
        answer = release(employer, provider_id=provider_id)
        assert (answer.status_code, answer.json()["code"]) == (409, "no_provider")
    assert employer.items("/v1/referrals") == []
    assert release(employer, provider_id=second).status_code == 200
    [referral] = employer.items("/v1/referrals")
    assert referral["provider_id"] == second
