"""Series of meetings: joint times every week or every second one, booked, moved, cancelled, ended.

It is Monday 2 March 2026, noon. Easter Monday is 6 April, Ascension Day Thursday 14 May.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.kit import FIVE, Employer, Service, at, event

EVERY_SECOND_THURSDAY = {
    "kind": "alignment",
    "unit": "hemtjansten-norr",
    "first_day": "2026-03-05",
    "at": "09:00",
    "interval_weeks": 2,
    "slots": 3,
    "slot_minutes": 45,
    "participants": ["employee", "manager", "agency", "primary_care"],
}
MONDAYS = EVERY_SECOND_THURSDAY | {"first_day": "2026-03-09", "interval_weeks": 1}


def begin(employer: Employer, series: Any = EVERY_SECOND_THURSDAY, **more: Any) -> str:
    """The path of a new series."""
    return f"/v1/meeting-series/{employer.ok('POST', '/v1/meeting-series', series | more)['id']}"


def people(employer: Employer, count: int) -> list[str]:
    listed = [{"employee": str(2000 + n)} for n in range(count)]
    return [one["id"] for one in employer.ok("PUT", "/v1/employees", listed)["items"]]


def book(employer: Employer, path: str, employee_id: str, **more: Any) -> Any:
    return employer.ok("POST", f"{path}/book", {"employee_id": employee_id} | more)


def place(meeting: Any) -> tuple[str, int]:
    return meeting["occurrence"], meeting["slot"]


def codes(problem: Any) -> list[tuple[str, str]]:
    return [(error["pointer"], error["code"]) for error in problem["errors"]]


class TestSlots:
    def test_are_those_of_every_second_week_in_the_employers_own_time(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        found = employer.ok("GET", f"{path}/slots?from=2026-03-01&to=2026-04-05")["items"]
        assert [(s["occurrence"], s["slot"], s["starts_at"]) for s in found] == [
            ("2026-03-05", 1, "2026-03-05T08:00:00Z"),
            ("2026-03-05", 2, "2026-03-05T08:45:00Z"),
            ("2026-03-05", 3, "2026-03-05T09:30:00Z"),
            ("2026-03-19", 1, "2026-03-19T08:00:00Z"),
            ("2026-03-19", 2, "2026-03-19T08:45:00Z"),
            ("2026-03-19", 3, "2026-03-19T09:30:00Z"),
            # Clocks have gone forward: nine o'clock stays nine o'clock.
            ("2026-04-02", 1, "2026-04-02T07:00:00Z"),
            ("2026-04-02", 2, "2026-04-02T07:45:00Z"),
            ("2026-04-02", 3, "2026-04-02T08:30:00Z"),
        ]
        assert {(s["free"], s["minutes"]) for s in found} == {(1, 45)}

    def test_leave_out_holidays_and_the_employers_own_days_off(self, service: Service):
        employer = service.employer(policy={"holidays": ["2026-03-30"]})
        path = begin(employer, MONDAYS, slots=1)
        found = employer.ok("GET", f"{path}/slots?from=2026-03-16&to=2026-04-20")["items"]
        days = [slot["occurrence"] for slot in found]
        assert days == ["2026-03-16", "2026-03-23", "2026-04-13", "2026-04-20"]

    def test_say_what_is_left_and_nothing_of_what_has_begun(self, service: Service):
        employer = service.employer()
        path = begin(employer, capacity=2)
        one, other, _ = people(employer, 3)
        assert place(book(employer, path, one)) == ("2026-03-05", 1)
        assert place(book(employer, path, other)) == ("2026-03-05", 1)
        week = f"{path}/slots?from=2026-03-05&to=2026-03-05"
        assert [s["free"] for s in employer.ok("GET", week)["items"]] == [0, 2, 2]
        service.clock.set(at("2026-03-05", 10))
        assert [s["free"] for s in employer.ok("GET", week)["items"]] == [0, 0, 2]

    def test_are_shown_for_thirteen_weeks_at_most(self, service: Service):
        employer = service.employer()
        path = begin(employer, MONDAYS)
        shown = employer.ok("GET", f"{path}/slots")
        assert shown["items"][-1]["occurrence"] == "2026-06-01"
        assert shown["next_cursor"] is None
        for query, code in (
            ("from=2026-03-02&to=2026-06-02", "range_too_long"),
            ("from=2026-03-02&to=2026-03-01", "range_reversed"),
            ("to=2026-03-01", "range_reversed"),
        ):
            assert codes(employer.refused(422, "GET", f"{path}/slots?{query}")) == [("#/to", code)]


class TestBooking:
    def test_takes_the_next_free_slot_and_is_a_meeting_like_any_other(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        one, other, third, fourth = people(employer, 4)
        meeting = book(employer, path, one, consent={"given_on": "2026-03-02"})
        assert meeting == employer.ok("GET", f"/v1/meetings/{meeting['id']}")
        assert meeting | {"id": ""} == {
            "id": "",
            "employee_id": one,
            "referral_id": None,
            "series_id": path.rpartition("/")[2],
            "occurrence": "2026-03-05",
            "slot": 1,
            "kind": "alignment",
            "state": "planned",
            "starts_at": "2026-03-05T08:00:00Z",
            "minutes": 45,
            "mode": None,
            "participants": ["employee", "manager", "agency", "primary_care"],
            "consent": {"given_on": "2026-03-02"},
            "asked_about_violence": None,
            "points": [],
            "work_status": None,
        }
        found = [place(book(employer, path, person)) for person in (other, third, fourth)]
        assert found == [("2026-03-05", 2), ("2026-03-05", 3), ("2026-03-19", 1)]
        assert employer.messages() == ["meeting.planned"] * 4

    def test_leaves_out_what_has_begun_and_what_lies_before_the_wished_day(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        one, other, third = people(employer, 3)
        service.clock.set(at("2026-03-05", 9))  # this very moment the first slot begins
        assert place(book(employer, path, one)) == ("2026-03-05", 2)
        later = book(employer, path, other, not_before="2026-03-06")
        assert place(later) == ("2026-03-19", 1)
        assert place(book(employer, path, third, not_before="2020-01-01")) == ("2026-03-05", 3)

    def test_gives_nobody_two_meetings_in_one_occurrence(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        [one] = people(employer, 1)
        assert place(book(employer, path, one)) == ("2026-03-05", 1)
        assert place(book(employer, path, one)) == ("2026-03-19", 1)
        again = {"employee_id": one, "occurrence": "2026-03-05", "slot": 2}
        assert employer.refused(409, "POST", f"{path}/book", again)["code"] == "already_booked"

    def test_takes_the_wished_slot_while_it_has_room(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        ids = people(employer, 5)
        wish = {"occurrence": "2026-03-19", "slot": 2}
        assert place(book(employer, path, ids[0], **wish)) == ("2026-03-19", 2)
        full = {"employee_id": ids[1]} | wish
        assert employer.refused(409, "POST", f"{path}/book", full)["code"] == "slot_full"
        found = [place(book(employer, path, i, occurrence="2026-03-19"))[1] for i in ids[1:3]]
        assert found == [1, 3]
        full = {"employee_id": ids[3], "occurrence": "2026-03-19"}
        assert employer.refused(409, "POST", f"{path}/book", full)["code"] == "slot_full"

    def test_takes_a_slot_that_a_cancelled_or_moved_meeting_has_left(self, service: Service):
        employer = service.employer()
        path = begin(employer, slots=2)
        one, other, third, fourth = people(employer, 4)
        first, second = book(employer, path, one), book(employer, path, other)
        employer.ok("POST", f"/v1/meetings/{first['id']}/cancel")
        assert place(book(employer, path, third)) == ("2026-03-05", 1)
        when = {"starts_at": "2026-03-06T09:00:00+01:00"}
        employer.ok("POST", f"/v1/meetings/{second['id']}/move", when)
        assert place(book(employer, path, fourth)) == ("2026-03-05", 2)

    def test_is_refused_with_a_code_and_nothing_is_half_done(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        [one] = people(employer, 1)
        for more, where, code in (
            ({"occurrence": "2026-03-06"}, "#/occurrence", "unknown_occurrence"),
            ({"occurrence": "2026-03-12"}, "#/occurrence", "unknown_occurrence"),
            ({"occurrence": "2026-02-26"}, "#/occurrence", "unknown_occurrence"),
            ({"occurrence": "2026-05-14"}, "#/occurrence", "day_off"),
            ({"occurrence": "2028-03-16"}, "#/occurrence", "date_out_of_range"),
            ({"occurrence": "2026-03-19", "slot": 4}, "#/slot", "out_of_range"),
            ({"occurrence": "2026-03-19", "slot": 0}, "#/slot", "out_of_range"),
            ({"slot": 1}, "#", "occurrence_missing"),
            ({"occurrence": "2026-03-19", "not_before": "2026-03-19"}, "#", "one_of_two"),
            ({"not_before": "2028-03-03"}, "#/not_before", "date_out_of_range"),
            ({"consent": {"given_on": "2026-03-03"}}, "#/consent/given_on", "date_in_future"),
        ):
            problem = employer.refused(422, "POST", f"{path}/book", {"employee_id": one} | more)
            assert codes(problem) == [(where, code)]
        for nobody in ({"employee_id": "emp_nobody"}, {"referral_id": "ref_none"}):
            employer.refused(404, "POST", f"{path}/book", {"employee_id": one} | nobody)
        assert employer.items("/v1/meetings") == []
        assert employer.messages() == []

    def test_of_what_has_begun_is_refused(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        [one] = people(employer, 1)
        service.clock.set(at("2026-03-05", 10))
        for more in ({"slot": 1}, {"slot": 2}):
            body = {"employee_id": one, "occurrence": "2026-03-05"} | more
            problem = employer.refused(422, "POST", f"{path}/book", body)
            assert codes(problem) == [("#/occurrence", "date_in_past")]
        assert place(book(employer, path, one, occurrence="2026-03-05")) == ("2026-03-05", 3)

    def test_ends_with_the_employment(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        employment = {"employment": [{"first_day": "2020-01-01", "last_day": "2026-03-10"}]}
        one = employer.ok("PUT", "/v1/employees", {"employee": "2000"} | employment)["id"]
        body = {"employee_id": one, "not_before": "2026-03-11"}
        problem = employer.refused(422, "POST", f"{path}/book", body)
        assert codes(problem) == [("#/employee_id", "outside_employment")]
        assert place(book(employer, path, one)) == ("2026-03-05", 1)

    def test_finds_nothing_when_all_is_full(self, service: Service):
        employer = service.employer()
        path = begin(employer, slots=1, last_day="2026-03-20")
        ids = people(employer, 3)
        assert [place(book(employer, path, i))[0] for i in ids[:2]] == ["2026-03-05", "2026-03-19"]
        problem = employer.refused(409, "POST", f"{path}/book", {"employee_id": ids[2]})
        assert problem["code"] == "no_free_slot"

    def test_belongs_to_an_open_referral_of_the_same_employee(self, service: Service):
        employer = service.employer()
        employer.provider()
        employer.batch(*map(event, FIVE))
        [referral] = employer.items("/v1/referrals")
        path = begin(employer, kind="follow_up", participants=["employee", "manager"])
        body = {"employee_id": referral["employee_id"], "referral_id": referral["id"]}
        other = people(employer, 1)[0]
        problem = employer.refused(422, "POST", f"{path}/book", body | {"employee_id": other})
        assert codes(problem) == [("#/referral_id", "other_employee")]
        booked = employer.ok("POST", f"{path}/book", body)
        assert booked["referral_id"] == referral["id"]
        withdrawn = {"decided_by": "HR 7", "reason": "no_longer_needed"}
        employer.ok("POST", f"/v1/referrals/{referral['id']}/withdraw", withdrawn)
        assert employer.ok("GET", f"/v1/meetings/{booked['id']}")["state"] == "cancelled"
        assert employer.refused(409, "POST", f"{path}/book", body)["code"] == "case_closed"

    def test_by_eight_at_once_never_exceeds_what_a_slot_takes(self, service: Service):
        employer = service.employer()
        path = begin(employer, slots=2, capacity=2)
        ids = people(employer, 8)
        with ThreadPoolExecutor(8) as bookers:
            found = list(bookers.map(lambda one: place(book(employer, path, one)), ids))
        assert sorted(found) == [
            (day, slot) for day in ("2026-03-05", "2026-03-19") for slot in (1, 1, 2, 2)
        ]

    def test_by_eight_at_once_of_the_same_slot_lets_in_as_many_as_it_takes(self, service: Service):
        employer = service.employer()
        path = begin(employer, slots=2, capacity=3)
        wish = {"occurrence": "2026-03-05", "slot": 2}
        bodies = [{"employee_id": one} | wish for one in people(employer, 8)]
        with ThreadPoolExecutor(8) as bookers:
            said = list(bookers.map(lambda body: employer("POST", f"{path}/book", body), bodies))
        assert sorted(answer.status_code for answer in said) == [201] * 3 + [409] * 5
        refused = {answer.json()["code"] for answer in said if answer.status_code == 409}
        assert refused == {"slot_full"}
        assert len(employer.items("/v1/meetings")) == 3


class TestMove:
    def test_takes_the_planned_meetings_along(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        one, other, third = people(employer, 3)
        first, second = book(employer, path, one), book(employer, path, other)
        elsewhere = book(employer, path, third, occurrence="2026-03-19")
        called_off = book(employer, path, third, occurrence="2026-03-05")
        employer.ok("POST", f"/v1/meetings/{called_off['id']}/cancel")
        told = len(employer.messages())
        moved = employer.ok(
            "POST", f"{path}/occurrences/2026-03-05/move", {"to": "2026-03-06", "at": "13:30"}
        )
        assert moved == {
            "series_id": path.rpartition("/")[2],
            "day": "2026-03-05",
            "state": "moved",
            "starts_at": "2026-03-06T12:30:00Z",
            "minutes": 135,
            "meetings": [first["id"], second["id"]],
        }
        starts = {m["id"]: m["starts_at"] for m in employer.items("/v1/meetings")}
        assert starts == {
            first["id"]: "2026-03-06T12:30:00Z",
            second["id"]: "2026-03-06T13:15:00Z",
            elsewhere["id"]: elsewhere["starts_at"],
            called_off["id"]: called_off["starts_at"],
        }
        assert employer.messages()[told:] == ["meeting.planned"] * 2
        assert employer.ok("GET", path)["changes"] == [
            {"day": "2026-03-05", "moved_to": "2026-03-06", "at": "13:30", "cancelled": False}
        ]
        week = employer.ok("GET", f"{path}/slots?from=2026-03-05&to=2026-03-06")["items"]
        assert [(s["occurrence"], s["free"]) for s in week] == [
            ("2026-03-05", 0),
            ("2026-03-05", 0),
            ("2026-03-05", 1),
        ]
        wish = book(employer, path, third, occurrence="2026-03-05")
        assert wish["starts_at"] == "2026-03-06T14:00:00Z"

    def test_made_already_changes_nothing_and_tells_nothing(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        meeting = book(employer, path, people(employer, 1)[0])
        to = {"to": "2026-03-06"}
        once = employer.ok("POST", f"{path}/occurrences/2026-03-05/move", to)
        told = employer.messages()
        assert employer.ok("POST", f"{path}/occurrences/2026-03-05/move", to) == once
        assert once["meetings"] == [meeting["id"]]
        assert employer.messages() == told
        back = employer.ok("POST", f"{path}/occurrences/2026-03-05/move", {"to": "2026-03-05"})
        assert back["starts_at"] == meeting["starts_at"]

    def test_of_a_day_off_makes_it_bookable(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        [one] = people(employer, 1)
        employer.ok("POST", f"{path}/occurrences/2026-05-14/move", {"to": "2026-05-13"})
        meeting = book(employer, path, one, not_before="2026-05-01")
        assert meeting["occurrence"] == "2026-05-14"
        assert meeting["starts_at"] == "2026-05-13T07:00:00Z"

    def test_is_refused_with_a_code_and_nothing_is_half_done(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        meeting = book(employer, path, people(employer, 1)[0], occurrence="2026-03-19")
        for day, body, status, code in (
            ("2026-03-06", {"to": "2026-03-09"}, 404, "not_found"),
            ("2026-03-19", {"to": "2026-03-01"}, 422, "date_in_past"),
            ("2026-03-19", {"to": "2026-03-02", "at": "12:00"}, 422, "date_in_past"),
            ("2026-03-19", {"to": "2028-03-03"}, 422, "date_out_of_range"),
            ("2026-03-19", {"to": "2026-04-03"}, 422, "day_off"),
            ("2026-03-19", {"to": "2026-03-20", "at": "21:46"}, 422, "passes_midnight"),
            ("2026-03-19", {"to": "2026-04-02"}, 409, "occurrence_in_the_way"),
            ("2026-03-19", {"to": "2026-04-02", "at": "07:00"}, 409, "occurrence_in_the_way"),
            ("2026-03-19", {"to": "2026-03-20", "at": "24:00"}, 422, "invalid_format"),
            ("2026-03-19", {"to": "2026-03-20", "at": "9:00"}, 422, "invalid_format"),
            ("2026-03-32", {"to": "2026-03-20"}, 422, "invalid_date"),
        ):
            problem = employer.refused(status, "POST", f"{path}/occurrences/{day}/move", body)
            assert code in {
                problem["code"],
                *(error["code"] for error in problem.get("errors", ())),
            }
        assert employer.ok("GET", path)["changes"] == []
        assert employer.ok("GET", f"/v1/meetings/{meeting['id']}") == meeting
        assert employer.messages() == ["meeting.planned"]

    def test_up_to_midnight_and_up_to_the_next_occurrence_is_taken(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        for day, body in (
            ("2026-03-19", {"to": "2026-03-20", "at": "21:45"}),
            ("2026-04-16", {"to": "2026-04-02", "at": "06:45"}),
        ):
            assert employer.ok("POST", f"{path}/occurrences/{day}/move", body)["state"] == "moved"

    def test_of_what_has_begun_is_refused(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        service.clock.set(at("2026-03-05", 9))
        for call in ("move", "cancel"):
            body = {"to": "2026-03-09"} if call == "move" else None
            one = f"{path}/occurrences/2026-03-05/{call}"
            assert employer.refused(409, "POST", one, body)["code"] == "occurrence_over"


class TestCancel:
    def test_calls_its_planned_meetings_off(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        one, other, third = people(employer, 3)
        ids = [book(employer, path, person)["id"] for person in (one, other)]
        elsewhere = book(employer, path, third, occurrence="2026-03-19")["id"]
        told = len(employer.messages())
        said = employer.ok("POST", f"{path}/occurrences/2026-03-05/cancel")
        assert (said["state"], said["meetings"]) == ("cancelled", [])
        states = {m["id"]: m["state"] for m in employer.items("/v1/meetings")}
        assert states == dict.fromkeys(ids, "cancelled") | {elsewhere: "planned"}
        assert employer.messages()[told:] == ["meeting.cancelled"] * 2
        assert employer.ok("POST", f"{path}/occurrences/2026-03-05/cancel") == said
        assert employer.messages()[told:] == ["meeting.cancelled"] * 2

    def test_takes_it_out_of_what_can_be_booked_for_good(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        employer.ok("POST", f"{path}/occurrences/2026-03-05/cancel")
        found = employer.ok("GET", f"{path}/slots?from=2026-03-01&to=2026-03-20")["items"]
        assert {slot["occurrence"] for slot in found} == {"2026-03-19"}
        one = {"employee_id": people(employer, 1)[0], "occurrence": "2026-03-05"}
        refused = employer.refused(409, "POST", f"{path}/book", one)
        assert refused["code"] == "occurrence_cancelled"
        to = {"to": "2026-03-06"}
        refused = employer.refused(409, "POST", f"{path}/occurrences/2026-03-05/move", to)
        assert refused["code"] == "occurrence_cancelled"
        employer.refused(404, "POST", f"{path}/occurrences/2026-03-06/cancel")


class TestEnd:
    def test_calls_off_what_is_planned_after_it(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        one, other = people(employer, 2)
        kept = book(employer, path, one)["id"]
        gone = book(employer, path, other, not_before="2026-03-20")["id"]
        ended = employer.ok("POST", f"{path}/end", {"last_day": "2026-03-19"})
        assert ended["last_day"] == "2026-03-19"
        states = {m["id"]: m["state"] for m in employer.items("/v1/meetings")}
        assert states == {kept: "planned", gone: "cancelled"}
        assert employer.messages()[-1] == "meeting.cancelled"
        found = employer.ok("GET", f"{path}/slots")["items"]
        assert {slot["occurrence"] for slot in found} == {"2026-03-05", "2026-03-19"}
        told = employer.messages()
        assert employer.ok("POST", f"{path}/end", {"last_day": "2026-03-19"}) == ended
        assert employer.messages() == told

    def test_comes_today_at_the_earliest_and_is_not_put_off(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        problem = employer.refused(422, "POST", f"{path}/end", {"last_day": "2026-03-01"})
        assert codes(problem) == [("#/last_day", "date_in_past")]
        employer.ok("POST", f"{path}/end", {"last_day": "2026-03-02"})
        problem = employer.refused(409, "POST", f"{path}/end", {"last_day": "2026-03-03"})
        assert problem["code"] == "series_ends_before"
        assert employer.ok("GET", f"{path}/slots")["items"] == []


class TestSeries:
    def test_is_shown_as_it_was_made(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        shown = employer.ok("GET", path)
        assert shown == EVERY_SECOND_THURSDAY | {
            "id": path.rpartition("/")[2],
            "last_day": None,
            "capacity": 1,
            "changes": [],
        }

    def test_has_the_usual_participants_where_none_are_named(self, service: Service):
        employer = service.employer()
        series = {k: v for k, v in EVERY_SECOND_THURSDAY.items() if k != "participants"}
        path = begin(employer, series, kind="three_party")
        assert employer.ok("GET", path)["participants"] == ["employee", "manager", "provider"]

    def test_is_listed_by_kind_and_unit(self, service: Service):
        employer = service.employer()
        one = employer.ok("POST", "/v1/meeting-series", EVERY_SECOND_THURSDAY)
        other = employer.ok("POST", "/v1/meeting-series", MONDAYS | {"kind": "follow_up"})
        third = employer.ok("POST", "/v1/meeting-series", MONDAYS | {"unit": None})
        employer.ok("POST", f"/v1/meeting-series/{one['id']}/occurrences/2026-03-19/cancel")
        one = employer.ok("GET", f"/v1/meeting-series/{one['id']}")
        assert employer.items("/v1/meeting-series") == [one, other, third]
        assert employer.items("/v1/meeting-series?kind=alignment") == [one, third]
        assert employer.items("/v1/meeting-series?unit=hemtjansten-norr") == [one, other]
        page = employer.ok("GET", "/v1/meeting-series?limit=1")
        assert page["items"] == [one]
        assert page["next_cursor"] is not None

    def test_that_cannot_be_is_refused(self, service: Service):
        employer = service.employer()
        for more, where, code in (
            ({"kind": "health_talk"}, "#/kind", "invalid_choice"),
            ({"first_day": "2025-02-28"}, "#/first_day", "date_out_of_range"),
            ({"first_day": "2028-03-03"}, "#/first_day", "date_out_of_range"),
            ({"first_day": "2026-01-05", "last_day": "2026-03-01"}, "#/last_day", "date_in_past"),
            ({"last_day": "2026-03-04"}, "#", "range_reversed"),
            ({"at": "25:00"}, "#/at", "invalid_format"),
            ({"at": "09:00:00"}, "#/at", "invalid_format"),
            ({"at": "22:00"}, "#", "passes_midnight"),
            ({"interval_weeks": 3}, "#/interval_weeks", "invalid_choice"),
            ({"slots": 0}, "#/slots", "out_of_range"),
            ({"slots": 25}, "#/slots", "out_of_range"),
            ({"slot_minutes": 5}, "#/slot_minutes", "out_of_range"),
            ({"capacity": 0}, "#/capacity", "out_of_range"),
            ({"participants": []}, "#/participants", "too_short"),
            ({"participants": ["boss"]}, "#/participants/0", "invalid_choice"),
            ({"kind": "three_party", "participants": ["employee"]}, "#", "roles_missing"),
            ({"comment": "x"}, "#/comment", "forbidden_field"),
        ):
            body = EVERY_SECOND_THURSDAY | more
            problem = employer.refused(422, "POST", "/v1/meeting-series", body)
            assert codes(problem) == [(where, code)]
        assert employer.items("/v1/meeting-series") == []

    def test_of_another_employer_is_not_found(self, service: Service):
        employer, other = service.employer(), service.employer()
        path = begin(other)
        mine = people(employer, 1)[0]
        for method, tail, body in (
            ("GET", "", None),
            ("GET", "/slots", None),
            ("POST", "/book", {"employee_id": mine}),
            ("POST", "/occurrences/2026-03-05/move", {"to": "2026-03-06"}),
            ("POST", "/occurrences/2026-03-05/cancel", None),
            ("POST", "/end", {"last_day": "2026-03-19"}),
            ("GET", "/calendar.ics", None),
        ):
            problem = employer.refused(404, method, f"{path}{tail}", body)
            assert problem["code"] == "not_found"
        foreign = {"employee_id": people(other, 1)[0]}
        employer.refused(404, "POST", f"{begin(employer)}/book", foreign)

    def test_over_the_night_when_clocks_change_keeps_its_slots_apart(self, service: Service):
        """The series of a night unit begins in the hour that comes twice."""
        employer = service.employer()
        path = begin(employer, first_day="2026-10-25", at="02:30", slots=2, slot_minutes=60)
        found = employer.ok("GET", f"{path}/slots?from=2026-10-25&to=2026-10-25")["items"]
        starts = [slot["starts_at"] for slot in found]
        assert starts == ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]
