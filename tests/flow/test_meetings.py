"""Meetings about one employee: planned, moved, held and cancelled, and what each party sees."""

from typing import Any

import pytest

from tests.flow.case import TODAY, Case, cases, codes, employee, told
from tests.kit import Caller, Employer, Service
from tests.system.world import rows_of

MORNING = "2026-03-02T10:00:00+01:00"
THURSDAY = "2026-03-05T09:00:00+01:00"
WITH_CONSENT = {"consent": {"given_on": TODAY}}


def alignment(employee_id: str, **more: Any) -> dict[str, Any]:
    said = {"kind": "alignment", "employee_id": employee_id, "starts_at": MORNING}
    return said | more


def plan(by: Caller, employee_id: str, **more: Any) -> Any:
    return by.ok("POST", "/v1/meetings", alignment(employee_id, **more))


def hold(by: Caller, meeting: Any, **record: Any) -> Any:
    return by.ok("POST", f"/v1/meetings/{meeting['id']}/hold", record)


class TestPlan:
    def test_needs_no_referral(self, service: Service):
        """Early alignment meetings (avstämningsmöten) come before any benefit case."""
        employer = service.employer(preset=None)
        anna = employee(employer)
        everybody = ["employee", "manager", "agency", "primary_care", "union", "hr"]
        made = plan(employer, anna, starts_at=THURSDAY, participants=everybody, **WITH_CONSENT)
        assert made == {
            "id": made["id"],
            "employee_id": anna,
            "referral_id": None,
            "series_id": None,
            "occurrence": None,
            "slot": None,
            "kind": "alignment",
            "state": "planned",
            "starts_at": "2026-03-05T08:00:00Z",
            "minutes": 60,
            "mode": None,
            "participants": everybody,
            "consent": {"given_on": TODAY},
            "asked_about_violence": None,
            "points": [],
            "work_status": None,
        }
        assert employer.ok("GET", f"/v1/meetings/{made['id']}") == made
        [(provider, own)] = told(employer, "meeting.planned")
        assert (provider, own["meeting_id"], own["kind"]) == (None, made["id"], "alignment")

    @pytest.mark.parametrize(
        ("kind", "usual"),
        [
            ("alignment", ["employee", "manager"]),
            ("follow_up", ["employee", "manager"]),
            ("three_party", ["employee", "manager", "provider"]),
        ],
    )
    def test_has_the_usual_ones_unless_others_are_named(
        self, service: Service, kind: str, usual: list[str]
    ):
        employer = service.employer(preset=None)
        assert plan(employer, employee(employer), kind=kind)["participants"] == usual

    def test_of_a_referral_is_told_to_both(self, service: Service):
        [case] = cases(service)
        case.to("accepted")
        made = plan(case.employer, case.employee_id, kind="three_party", referral_id=case.id)
        [(provider, own)] = told(case.employer, "meeting.planned")
        assert provider == own
        assert own == {
            "meeting_id": made["id"],
            "employee_id": case.employee_id,
            "referral_id": case.id,
            "series_id": None,
            "kind": "three_party",
            "state": "planned",
            "starts_at": "2026-03-02T09:00:00Z",
            "minutes": 60,
            "link": f"/v1/meetings/{made['id']}",
        }

    @pytest.mark.parametrize(
        "roles", [["employee", "manager"], ["manager", "provider"], ["employee", "provider"]]
    )
    def test_of_three_parties_has_all_three(self, service: Service, roles: list[str]):
        employer = service.employer(preset=None)
        body = alignment(employee(employer), kind="three_party", participants=roles)
        refused = employer.refused(422, "POST", "/v1/meetings", body)
        assert codes(refused) == [("#", "roles_missing")]
        taken = body | {"participants": ["employee", "hr", "provider"]}
        assert employer.ok("POST", "/v1/meetings", taken)["state"] == "planned"

    def test_of_a_health_talk_is_made_by_booking_alone(self, service: Service):
        [case] = cases(service)
        case.to("accepted")
        body = alignment(case.employee_id, kind="health_talk", referral_id=case.id)
        for by in (case.fhv, case.employer):
            assert codes(by.refused(422, "POST", "/v1/meetings", body)) == [
                ("#/kind", "invalid_choice")
            ]


class TestRefusedPlan:
    """Nothing is half done: what was refused has left no trace."""

    def refused(self, status: int, by: Caller, body: Any) -> Any:
        service = self.service
        before = rows_of(service)
        answer = by.refused(status, "POST", "/v1/meetings", body)
        assert rows_of(service) == before
        return answer

    @pytest.fixture(autouse=True)
    def _held(self, service: Service) -> None:
        self.service = service

    @pytest.mark.parametrize("state", ["closed", "declined", "declined_by_employee", "withdrawn"])
    def test_in_a_case_that_is_over(self, service: Service, state: str):
        """Also one that would have been before it ended."""
        [case] = cases(service)
        case.to(state)
        service.set_day("2026-04-01")
        for starts_at in (MORNING, "2026-04-02T09:00:00+02:00"):
            body = alignment(case.employee_id, referral_id=case.id, starts_at=starts_at)
            for by in (case.employer, case.fhv):
                assert self.refused(409, by, body)["code"] == "case_closed"

    @pytest.mark.parametrize("day", ["2019-12-31", "2026-04-01"])
    def test_outside_of_the_employment(self, service: Service, day: str):
        employer = service.employer(preset=None)
        employed = [{"first_day": "2020-01-01", "last_day": "2026-03-31"}]
        anna = employee(employer, employment=employed)
        body = alignment(anna, starts_at=f"{day}T09:00:00+01:00")
        assert codes(self.refused(422, employer, body)) == [("#/starts_at", "outside_employment")]
        for taken in ("2020-01-01", "2026-03-31"):
            plan(employer, anna, starts_at=f"{taken}T09:00:00+01:00")

    @pytest.mark.parametrize(
        "instant",
        [
            "2028-03-03T09:00:00+01:00",
            "2099-01-01T09:00:00+01:00",
            "9999-12-31T23:59:59Z",
            "1989-12-31T09:00:00Z",
            "0001-01-01T00:00:00Z",
        ],
    )
    def test_at_a_time_beyond_reason(self, service: Service, instant: str):
        employer = service.employer(preset=None)
        anna = employee(employer, employment=[])
        [(pointer, code)] = codes(self.refused(422, employer, alignment(anna, starts_at=instant)))
        assert (pointer, code in ("date_out_of_range", "invalid_instant")) == ("#/starts_at", True)

    def test_before_the_referral_it_belongs_to(self, service: Service):
        [case] = cases(service)
        body = alignment(
            case.employee_id, referral_id=case.id, starts_at="2026-03-01T09:00:00+01:00"
        )
        assert codes(self.refused(422, case.employer, body)) == [("#/starts_at", "before_request")]

    def test_with_consent_of_a_day_to_come(self, service: Service):
        employer = service.employer(preset=None)
        body = alignment(employee(employer), consent={"given_on": "2026-03-03"})
        assert codes(self.refused(422, employer, body)) == [
            ("#/consent/given_on", "date_in_future")
        ]

    def test_of_nobodys_employee_or_another_employers(self, service: Service):
        [case], [theirs] = cases(service), cases(service)
        for body in (
            alignment("emp_nobody"),
            alignment(theirs.employee_id),
            alignment(case.employee_id, referral_id="ref_nobody"),
            alignment(case.employee_id, referral_id=theirs.id),
        ):
            assert self.refused(404, case.employer, body)["code"] == "not_found"

    def test_of_another_employees_referral(self, service: Service):
        one, other = cases(service, 2)
        body = alignment(one.employee_id, referral_id=other.id)
        assert codes(self.refused(422, one.employer, body)) == [("#/referral_id", "other_employee")]

    def test_by_a_provider_of_whom_is_not_referred_to_it(self, service: Service):
        """The same answer whoever it is: it learns nothing about those it has no part in."""
        one, other = cases(service, 2)
        there = case_of_another_provider(one)
        for body in (
            alignment(one.employee_id),
            alignment(other.employee_id, referral_id=one.id),
            alignment(there.employee_id, referral_id=there.id),
            alignment("emp_nobody", referral_id=one.id),
            alignment(one.employee_id, referral_id="ref_nobody"),
        ):
            assert self.refused(404, one.fhv, body)["code"] == "not_found"

    @pytest.mark.parametrize("state", ["requested", "accepted", "booked"])
    def test_by_a_provider_of_three_before_the_talk(self, service: Service, state: str):
        [case] = cases(service)
        case.to(state)
        body = alignment(case.employee_id, kind="three_party", referral_id=case.id, **WITH_CONSENT)
        refused = self.refused(409, case.fhv, body)
        assert refused["code"] == "invalid_transition"
        assert refused["allowed"] == case.known()["allowed"]

    def test_by_a_provider_of_three_without_the_employees_consent(self, service: Service):
        """An invitation shows the employer that there was a talk."""
        [case] = cases(service)
        case.to("talk_held")
        body = alignment(case.employee_id, kind="three_party", referral_id=case.id)
        assert codes(self.refused(422, case.fhv, body)) == [("#/consent", "consent_required")]


def case_of_another_provider(case: Case) -> Case:
    """Somebody else's referral, to a provider of its own."""
    employer = case.employer
    provider_id = employer.provider(name="Annan FHV")
    employee_id = employee(employer, "2001")
    body = {
        "employee_id": employee_id,
        "wish_of": "employee",
        "decided_by": "HR 7",
        "provider_id": provider_id,
    }
    made = employer.ok("POST", "/v1/referrals", body)
    fhv = employer.key_for("provider", provider=provider_id)
    return Case(employer, fhv, provider_id, employee_id, made["id"])


class TestMove:
    def test_to_another_time_is_told_anew(self, service: Service):
        [case] = cases(service)
        meeting = case.to("talk_held").meet(starts_at=THURSDAY)
        before = len(told(case.employer, "meeting.planned"))
        path = f"/v1/meetings/{meeting['id']}/move"
        moved = case.employer.ok(
            "POST", path, {"starts_at": "2026-03-06T10:00:00+01:00", "minutes": 45}
        )
        assert moved == meeting | {"starts_at": "2026-03-06T09:00:00Z", "minutes": 45}
        [(provider, own)] = told(case.employer, "meeting.planned")[before:]
        assert provider == own
        assert own["starts_at"] == "2026-03-06T09:00:00Z"

    def test_to_the_same_time_changes_nothing(self, service: Service):
        employer = service.employer(preset=None)
        meeting = plan(employer, employee(employer), starts_at=THURSDAY)
        before = rows_of(service)
        body = {"starts_at": "2026-03-05T08:00:00Z"}
        assert employer.ok("POST", f"/v1/meetings/{meeting['id']}/move", body) == meeting
        assert rows_of(service) == before

    def test_out_of_the_employment_is_refused(self, service: Service):
        employer = service.employer(preset=None)
        meeting = plan(employer, employee(employer))
        path = f"/v1/meetings/{meeting['id']}/move"
        refused = employer.refused(422, "POST", path, {"starts_at": "2019-12-31T09:00:00+01:00"})
        assert codes(refused) == [("#/starts_at", "outside_employment")]

    @pytest.mark.parametrize("end", ["hold", "cancel"])
    def test_of_what_is_over_is_refused(self, service: Service, end: str):
        employer = service.employer(preset=None)
        path = f"/v1/meetings/{plan(employer, employee(employer))['id']}"
        employer.ok("POST", f"{path}/{end}")
        before = rows_of(service)
        refused = employer.refused(409, "POST", f"{path}/move", {"starts_at": THURSDAY})
        assert (refused["code"], refused["allowed"]) == ("invalid_transition", [])
        assert rows_of(service) == before

    def test_gives_its_slot_in_a_series_back(self, service: Service):
        employer = service.employer(preset=None)
        one, other = employee(employer), employee(employer, "1002")
        path = series(employer, slots=1)
        booked = employer.ok("POST", f"{path}/book", {"employee_id": one})
        body = {"starts_at": "2026-03-06T09:00:00+01:00"}
        moved = employer.ok("POST", f"/v1/meetings/{booked['id']}/move", body)
        assert (moved["series_id"], moved["occurrence"], moved["slot"]) == (None, None, None)
        again = employer.ok("POST", f"{path}/book", {"employee_id": other})
        assert again["occurrence"] == booked["occurrence"]


def series(employer: Employer, **more: Any) -> str:
    body = {
        "kind": "alignment",
        "first_day": "2026-03-05",
        "at": "09:00",
        "interval_weeks": 1,
        "slots": 2,
        "slot_minutes": 45,
    }
    return f"/v1/meeting-series/{employer.ok('POST', '/v1/meeting-series', body | more)['id']}"


class TestCancel:
    def test_is_told_to_both_and_once(self, service: Service):
        [case] = cases(service)
        meeting = case.to("talk_held").meet(starts_at=THURSDAY)
        path = f"/v1/meetings/{meeting['id']}/cancel"
        assert case.employer.ok("POST", path) == meeting | {"state": "cancelled"}
        before = rows_of(service)
        assert case.fhv.ok("POST", path)["state"] == "cancelled"
        assert rows_of(service) == before
        [(provider, own)] = told(case.employer, "meeting.cancelled")
        assert provider == own

    def test_of_what_was_held_is_refused(self, service: Service):
        employer = service.employer(preset=None)
        meeting = plan(employer, employee(employer))
        hold(employer, meeting)
        refused = employer.refused(409, "POST", f"/v1/meetings/{meeting['id']}/cancel")
        assert (refused["code"], refused["allowed"]) == ("invalid_transition", [])

    @pytest.mark.parametrize("call", ["close", "withdraw", "decline-by-employee"])
    def test_comes_with_the_end_of_the_referral(self, service: Service, call: str):
        [case] = cases(service)
        planned = case.to("three_party_held").meet(case.employer, starts_at=THURSDAY)
        case.move(call, case.employer)
        states = {m["id"]: m["state"] for m in case.meetings(case.employer)}
        assert states[planned["id"]] == "cancelled"
        assert "held" in states.values()
        assert len(told(case.employer, "meeting.cancelled")) == 1

    def test_leaves_meetings_that_are_no_part_of_the_referral(self, service: Service):
        [case] = cases(service)
        alone = plan(case.employer, case.employee_id, starts_at=THURSDAY)
        case.move("withdraw", case.employer)
        assert case.employer.ok("GET", f"/v1/meetings/{alone['id']}")["state"] == "planned"


class TestSeen:
    def test_a_health_talk_is_as_good_as_missing_to_the_employer_without_consent(
        self, service: Service
    ):
        [case] = cases(service)
        [talk] = case.to("talk_held").meetings()
        path = f"/v1/meetings/{talk['id']}"
        nobodys = case.employer("GET", "/v1/meetings/mtg_nobody")
        for method, suffix, body in (
            ("GET", "", None),
            ("PATCH", "", {}),
            ("POST", "/hold", {}),
            ("POST", "/cancel", None),
            ("POST", "/move", {"starts_at": THURSDAY}),
        ):
            answer = case.employer(method, path + suffix, body)
            assert (answer.status_code, answer.content) == (404, nobodys.content)
        assert case.employer.items("/v1/meetings") == []
        assert case.employer.items("/v1/meetings?kind=health_talk") == []
        assert case.employer.items(f"/v1/meetings?employee_id={case.employee_id}") == []
        case.move("complete", feedback_consent_on=TODAY)
        assert [m["id"] for m in case.employer.items("/v1/meetings")] == [talk["id"]]

    def test_a_provider_finds_meetings_of_what_is_addressed_to_it_alone(self, service: Service):
        [case] = cases(service)
        there = case_of_another_provider(case)
        theirs = plan(there.employer, there.employee_id, referral_id=there.id)
        without = plan(case.employer, case.employee_id)
        own = plan(case.employer, case.employee_id, referral_id=case.id)
        assert [m["id"] for m in case.fhv.items("/v1/meetings")] == [own["id"]]
        for meeting in (theirs, without):
            for method, suffix, body in (
                ("GET", "", None),
                ("PATCH", "", {}),
                ("POST", "/hold", {}),
                ("POST", "/cancel", None),
                ("POST", "/move", {"starts_at": THURSDAY}),
            ):
                path = f"/v1/meetings/{meeting['id']}{suffix}"
                assert case.fhv.refused(404, method, path, body)["code"] == "not_found"

    def test_a_list_is_filtered_by_kind_state_employee_and_referral(self, service: Service):
        [case] = cases(service)
        one = plan(case.employer, case.employee_id, referral_id=case.id)
        other = plan(case.employer, employee(case.employer, "2001"), kind="follow_up")
        hold(case.employer, other)
        for query, found in (
            ("kind=alignment", [one]),
            ("state=held", [other]),
            (f"employee_id={case.employee_id}", [one]),
            (f"referral_id={case.id}", [one]),
            ("kind=alignment&state=held", []),
        ):
            listed = case.employer.items(f"/v1/meetings?{query}")
            assert [m["id"] for m in listed] == [m["id"] for m in found], query
