"""`GET /v1/referrals/{id}/fhir`: each party reads in FHIR what it reads of the referral itself."""

from typing import Any

from tests.flow.case import Case, wished
from tests.kit import Caller, Service


def read(case: Case, by: Caller) -> Any:
    answer = by("GET", f"{case.path}/fhir")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/fhir+json"
    return answer.json()


def resource(bundle: Any, kind: str) -> Any:
    return next(e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind)


def test_each_party_reads_what_it_may_see(service: Service) -> None:
    case = wished(service)
    person: dict[str, Any] = {"employee": "1001", "personal_number": "19121212-1212"}
    person |= {"contact": {"name": "Kim Exempel", "phone": "070-174 06 05"}}
    case.employer.ok("PUT", "/v1/employees", person)
    case.move("accept")
    first = read(case, case.employer)
    case.move("book")
    known, seen = read(case, case.fhv), read(case, case.employer)
    assert seen == first  # the booking is between employee and provider
    assert resource(known, "Task")["businessStatus"]["coding"][0]["code"] == "booked"
    assert resource(seen, "Task")["businessStatus"]["coding"][0]["code"] == "in_progress"
    assert resource(known, "Patient")["name"] == [{"text": "Kim Exempel"}]
    assert "Kim" not in str(seen)
    assert "19121212" not in str(seen)
    case.move("decline-by-employee")
    assert "Kim" not in str(read(case, case.fhv))  # it has ended


def test_of_another_providers_referral_is_not_found(service: Service) -> None:
    case = wished(service)
    other = case.employer.provider(name="FHV Annan")
    stranger = case.employer.key_for("provider", provider=other)
    stranger.refused(404, "GET", f"{case.path}/fhir")
    case.employer.refused(404, "GET", "/v1/referrals/ref_none/fhir")
