"""What is booked in a series when the employer's time zone or days off change afterwards.

It is Monday 2 March 2026, noon in Stockholm; clocks go forward on 29 March.
"""

from typing import Any

from sqlalchemy import select

from app.mail.tables import Mail
from tests.flow.test_series import begin, book, codes, people
from tests.kit import Employer, Service

HR = {"hr_address": "hr@kommun.example.se"}


def starts(employer: Employer) -> dict[str, str]:
    return {m["id"]: m["starts_at"] for m in employer.items("/v1/meetings")}


def mails(service: Service, employer: Employer) -> list[tuple[str, int]]:
    """To whom it was told that something waits, and of how many."""
    wanted = select(Mail.recipient, Mail.waiting).where(Mail.tenant_id == employer.tenant_id)
    with service.ctx.database.read() as conn:
        return [(row.recipient, row.waiting) for row in conn.execute(wanted)]


def free(employer: Employer, path: str, day: str) -> list[int]:
    listed = employer.ok("GET", f"{path}/slots?from={day}&to={day}")["items"]
    return [slot["free"] for slot in listed]


def calendar(employer: Employer, path: str) -> list[str]:
    text: str = employer("GET", f"{path}/calendar.ics").text
    return text.split("\r\n")


class TestTimeZone:
    def test_takes_along_what_is_booked_so_that_nine_stays_nine(self, service: Service):
        employer = service.employer(time_zone="UTC")
        path = begin(employer)
        one, other, third = people(employer, 3)
        first, april = (
            book(employer, path, one),
            book(employer, path, other, not_before="2026-04-01"),
        )
        alone = book(employer, path, third)
        when = {"starts_at": "2026-03-06T09:00:00Z"}
        employer.ok("POST", f"/v1/meetings/{alone['id']}/move", when)
        told = employer.messages()
        employer.ok("PATCH", "/v1/tenant", {"time_zone": "Europe/Stockholm"})
        assert starts(employer) == {
            first["id"]: "2026-03-05T08:00:00Z",
            april["id"]: "2026-04-02T07:00:00Z",
            alone["id"]: "2026-03-06T09:00:00Z",  # somebody agreed on that very time
        }
        assert employer.messages()[len(told) :] == ["meeting.planned"] * 2
        assert free(employer, path, "2026-03-05") == [0, 1, 1]
        assert "SEQUENCE:1" in calendar(employer, path)

    def test_leaves_what_has_begun_where_it_was(self, service: Service):
        employer = service.employer(time_zone="UTC")
        path = begin(employer)
        [one] = people(employer, 1)
        meeting = book(employer, path, one)
        service.set_day("2026-03-05")
        employer.ok("PATCH", "/v1/tenant", {"time_zone": "Europe/Stockholm"})
        assert starts(employer) == {meeting["id"]: meeting["starts_at"]}

    def test_named_as_it_is_changes_nothing(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        book(employer, path, people(employer, 1)[0])
        employer.ok("PATCH", "/v1/tenant", {"time_zone": "Europe/Stockholm"})
        assert employer.messages() == ["meeting.planned"]
        assert "SEQUENCE:0" in calendar(employer, path)


class TestNewDayOff:
    """19 March becomes a day off, once somebody is booked on it."""

    def declare(self, employer: Employer, *days: str) -> Any:
        return employer.ok("PATCH", "/v1/tenant", {"policy": {"holidays": days}})

    def test_calls_nothing_off_and_lets_somebody_know(self, service: Service):
        employer = service.employer(mail=HR)
        path = begin(employer)
        one, other = people(employer, 2)
        booked = book(employer, path, one, occurrence="2026-03-19")
        book(employer, path, other, occurrence="2026-03-05")
        self.declare(employer, "2026-03-19")
        kept = employer.ok("GET", f"/v1/meetings/{booked['id']}")
        assert kept == booked
        assert employer.messages() == ["meeting.planned"] * 2
        assert mails(service, employer) == [("hr", 1)]
        assert not [
            line for line in calendar(employer, path) if "EXDATE" in line and "0319" in line
        ]

    def test_takes_no_more_bookings(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        one, other = people(employer, 2)
        book(employer, path, one, occurrence="2026-03-19")
        self.declare(employer, "2026-03-19")
        assert free(employer, path, "2026-03-19") == [0, 0, 0]
        body = {"employee_id": other, "occurrence": "2026-03-19"}
        problem = employer.refused(422, "POST", f"{path}/book", body)
        assert codes(problem) == [("#/occurrence", "day_off")]
        later = book(employer, path, other, not_before="2026-03-06")
        assert later["occurrence"] == "2026-04-02"

    def test_lets_go_of_what_is_moved_or_cancelled(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        one, other = people(employer, 2)
        booked = book(employer, path, one, occurrence="2026-03-19")
        self.declare(employer, "2026-03-19")
        moved = employer.ok("POST", f"{path}/occurrences/2026-03-19/move", {"to": "2026-03-20"})
        assert (moved["state"], moved["meetings"]) == ("moved", [booked["id"]])
        book(employer, path, other, occurrence="2026-03-19")
        assert starts(employer)[booked["id"]] == "2026-03-20T08:00:00Z"

    def test_taken_back_is_booked_as_before(self, service: Service):
        employer = service.employer(policy={"holidays": ["2026-03-19"]})
        path = begin(employer)
        [one] = people(employer, 1)
        self.declare(employer)
        assert book(employer, path, one, occurrence="2026-03-19")["slot"] == 1

    def test_lies_under_an_occurrence_moved_there_before(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        one, other = people(employer, 2)
        book(employer, path, one, occurrence="2026-03-05")
        employer.ok("POST", f"{path}/occurrences/2026-03-05/move", {"to": "2026-03-06"})
        self.declare(employer, "2026-03-06")
        body = {"employee_id": other, "occurrence": "2026-03-05"}
        problem = employer.refused(422, "POST", f"{path}/book", body)
        assert codes(problem) == [("#/occurrence", "day_off")]
        assert book(employer, path, other)["occurrence"] == "2026-03-19"
