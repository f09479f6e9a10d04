"""Conversation guides: checklists in two languages, built in or the employer's own."""

from typing import Any

from app.meetings.kinds import KINDS
from tests.flow.test_series import codes, people
from tests.kit import Employer, Service

OWN = [
    {"code": "welcome", "sv": "Välkomna", "en": "Welcome"},
    {"code": "next_step", "sv": "Nästa steg", "en": "The next step"},
]


def held(employer: Employer, kind: str = "alignment") -> Any:
    """A meeting of today's that was held."""
    body = {
        "kind": kind,
        "employee_id": people(employer, 1)[0],
        "starts_at": "2026-03-02T10:00:00+01:00",
    }
    meeting = employer.ok("POST", "/v1/meetings", body)
    return employer.ok("POST", f"/v1/meetings/{meeting['id']}/hold")


def test_there_is_one_for_every_kind_of_meeting_from_the_first_day(service: Service):
    employer = service.employer()
    listed = employer.items("/v1/guides")
    assert [guide["kind"] for guide in listed] == list(KINDS)
    assert {guide["built_in"] for guide in listed} == {True}
    assert listed == [employer.ok("GET", f"/v1/guides/{kind}") for kind in KINDS]


def test_a_provider_reads_them_and_changes_none(service: Service):
    employer = service.employer()
    provider = employer.key_for("provider", provider=employer.provider())
    assert provider.items("/v1/guides") == employer.items("/v1/guides")
    provider.refused(403, "PUT", "/v1/guides/health_talk", {"points": OWN})


def test_the_employers_own_takes_the_place_of_the_built_in_one_until_it_is_dropped(
    service: Service,
):
    employer, other = service.employer(), service.employer()
    before = employer.ok("GET", "/v1/guides/alignment")
    made = employer.ok("PUT", "/v1/guides/alignment", {"points": OWN})
    assert made == {
        "kind": "alignment",
        "built_in": False,
        "points": OWN,
        "changed_at": "2026-03-02T11:00:00Z",
    }
    assert employer.ok("GET", "/v1/guides/alignment") == made
    assert made in employer.items("/v1/guides")
    assert employer.ok("GET", "/v1/guides/follow_up")["built_in"]
    assert other.ok("GET", "/v1/guides/alignment") == before
    for _ in range(2):
        employer.ok("DELETE", "/v1/guides/alignment")
        assert employer.ok("GET", "/v1/guides/alignment") == before


def test_what_was_taken_up_is_named_by_the_guide_in_use(service: Service):
    employer = service.employer()
    meeting = held(employer)
    path = f"/v1/meetings/{meeting['id']}"
    built_in = {"points": ["part_time", "next_meeting"]}
    assert employer.ok("PATCH", path, built_in)["points"] == built_in["points"]
    problem = employer.refused(422, "PATCH", path, {"points": ["part_time", "welcome"]})
    assert codes(problem) == [("#/points/1", "unknown_point")]
    employer.ok("PUT", "/v1/guides/alignment", {"points": OWN})
    assert employer.ok("GET", path)["points"] == built_in["points"]
    assert employer.ok("PATCH", path, {"points": ["welcome"]})["points"] == ["welcome"]
    problem = employer.refused(422, "PATCH", path, built_in)
    assert codes(problem)[0] == ("#/points/0", "unknown_point")


def test_a_change_of_what_somebody_else_has_changed_is_refused(service: Service):
    employer = service.employer()
    first = employer("GET", "/v1/guides/alignment").headers["etag"]
    own = employer("PUT", "/v1/guides/alignment", {"points": OWN}, headers={"If-Match": first})
    assert own.status_code == 200
    assert own.headers["etag"] == employer("GET", "/v1/guides/alignment").headers["etag"] != first
    shorter = {"points": OWN[:1]}
    stale = {"If-Match": first}
    problem = employer.refused(412, "PUT", "/v1/guides/alignment", shorter, headers=stale)
    assert problem["code"] == "stale_write"
    assert employer.ok("GET", "/v1/guides/alignment")["points"] == OWN
    for fresh in (own.headers["etag"], "*"):
        employer.ok("PUT", "/v1/guides/alignment", shorter, headers={"If-Match": fresh})


def test_the_same_guide_again_is_no_change(service: Service):
    employer = service.employer()
    made = employer.ok("PUT", "/v1/guides/alignment", {"points": OWN})
    service.pass_time(60)
    assert employer.ok("PUT", "/v1/guides/alignment", {"points": OWN}) == made
    turned = employer.ok("PUT", "/v1/guides/alignment", {"points": OWN[::-1]})
    assert turned["points"] == OWN[::-1]
    assert turned["changed_at"] != made["changed_at"]


def test_no_point_asks_or_could_hold_an_answer(service: Service):
    employer = service.employer()
    [point, _] = OWN
    for wrong, where, code in (
        ([], "#/points", "too_short"),
        ([point | {"code": f"p{n}"} for n in range(41)], "#/points", "too_long"),
        ([point, point], "#/points", "repeated_code"),
        ([point | {"code": "Welcome"}], "#/points/0/code", "invalid_format"),
        ([point | {"code": "välkommen"}], "#/points/0/code", "invalid_format"),
        ([point | {"code": "violence_yes"}], "#/points/0/code", "records_an_answer"),
        ([point | {"code": "violence_answer"}], "#/points/0/code", "records_an_answer"),
        ([point | {"code": "diagnosis"}], "#/points/0/code", "records_an_answer"),
        ([point | {"sv": "Har du ont?"}], "#/points/0/sv", "asks_a_question"),
        ([point | {"en": "Are you ill?"}], "#/points/0/en", "asks_a_question"),
        ([point | {"sv": ""}], "#/points/0/sv", "too_short"),
        ([point | {"sv": "två\nrader"}], "#/points/0/sv", "invalid_format"),
        ([point | {"answer": "ja"}], "#/points/0/answer", "unknown_field"),
        ([point | {"note": "x"}], "#/points/0/note", "forbidden_field"),
        ([{"code": "welcome", "sv": "Välkomna"}], "#/points/0/en", "required"),
    ):
        problem = employer.refused(422, "PUT", "/v1/guides/alignment", {"points": wrong})
        assert codes(problem) == [(where, code)]
    assert employer.ok("GET", "/v1/guides/alignment")["built_in"]


def test_another_kind_of_meeting_has_no_guide(service: Service):
    employer = service.employer()
    for method, body in (("GET", None), ("PUT", {"points": OWN}), ("DELETE", None)):
        problem = employer.refused(404, method, "/v1/guides/lunch", body)
        assert problem["code"] == "not_found"
