"""Calendars: what a calendar program reads, by key or by a secret address, and what it never does.

It is Monday 2 March 2026, noon.
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import vobject

from app.core.logs import JsonLines
from tests.flow.test_series import EVERY_SECOND_THURSDAY, begin, book, people
from tests.kit import FIVE, Employer, Service, at, event

NORTH, SOUTH = "hemtjansten-norr", "hemtjansten-soder"


def calendar(answer: Any) -> Any:
    """The calendar of an answer, read by another library."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    [found] = vobject.readComponents(answer.content.decode())
    return found


def events(answer: Any) -> list[tuple[str, str, int]]:
    """UID, status and sequence of each event."""
    found = calendar(answer).contents.get("vevent", [])
    return [(e.uid.value, e.status.value, int(e.sequence.value)) for e in found]


def fetch(service: Service, address: str) -> Any:
    """What a calendar program gets: it sends no key."""
    return service.client.get(address)


def feed(employer: Employer, **of: str) -> Any:
    return employer.ok("POST", "/v1/calendar-feeds", of)


def units(employer: Employer) -> dict[str, str]:
    """Two units with a manager each; the south has another one from April on."""
    listed = [
        {"unit": NORTH, "managers": [{"employee": "9001", "from": "2026-01-01"}]},
        {
            "unit": SOUTH,
            "managers": [
                {"employee": "9002", "from": "2026-01-01"},
                {"employee": "9001", "from": "2026-04-01"},
            ],
        },
    ]
    made = employer.ok("PUT", "/v1/units", listed)["items"]
    return {unit["unit"]: unit["managers"][0]["id"] for unit in made}


def member(employer: Employer, number: str, unit: str) -> str:
    answer = employer.ok("PUT", "/v1/employees", {"employee": number, "unit": unit})
    return str(answer["id"])


def meet(employer: Employer, employee_id: str, day: str = "2026-03-10", **more: Any) -> str:
    body = {"kind": "alignment", "employee_id": employee_id, "starts_at": f"{day}T10:00:00+01:00"}
    return str(employer.ok("POST", "/v1/meetings", body | more)["id"])


class TestMeeting:
    def test_is_one_event_with_the_changes_counted(self, service: Service):
        employer = service.employer()
        [one] = people(employer, 1)
        meeting = meet(employer, one)
        path = f"/v1/meetings/{meeting}"
        uid = f"{meeting}@omtanke"
        assert events(employer("GET", f"{path}/calendar.ics")) == [(uid, "CONFIRMED", 0)]
        employer.ok("POST", f"{path}/move", {"starts_at": "2026-03-11T13:00:00+01:00"})
        moved = employer("GET", f"{path}/calendar.ics")
        assert events(moved) == [(uid, "CONFIRMED", 1)]
        start = calendar(moved).vevent.dtstart.value.astimezone(UTC)
        assert start == datetime(2026, 3, 11, 12, tzinfo=UTC)
        employer.ok("POST", f"{path}/cancel")
        gone = employer("GET", f"{path}/calendar.ics")
        assert events(gone) == [(uid, "CANCELLED", 2)]
        assert calendar(gone).method.value == "CANCEL"

    def test_is_counted_on_when_its_occurrence_is_moved_and_cancelled(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        meeting = book(employer, path, people(employer, 1)[0])["id"]
        ics = f"/v1/meetings/{meeting}/calendar.ics"
        occurrence = f"{path}/occurrences/2026-03-05"
        found = [events(employer("GET", ics))]
        employer.ok("POST", f"{occurrence}/move", {"to": "2026-03-06"})
        found += [events(employer("GET", ics))]
        employer.ok("POST", f"{occurrence}/cancel")
        found += [events(employer("GET", ics))]
        uid = f"{meeting}@omtanke"
        assert found == [
            [(uid, "CONFIRMED", 0)],
            [(uid, "CONFIRMED", 1)],
            [(uid, "CANCELLED", 2)],
        ]

    def test_of_the_providers_is_not_found_before_consent(self, service: Service):
        employer, talk = with_talk(service)
        employer.refused(404, "GET", f"/v1/meetings/{talk}/calendar.ics")

    def test_speaks_the_employers_language(self, service: Service):
        employer = service.employer(mail={"language": "en"})
        meeting = meet(employer, people(employer, 1)[0])
        found = calendar(employer("GET", f"/v1/meetings/{meeting}/calendar.ics"))
        assert found.vevent.summary.value == "Booked meeting"


def with_talk(service: Service, unit: str = NORTH) -> tuple[Employer, str]:
    """An employer with a health talk that its provider has booked, and the meeting's id."""
    employer = service.employer()
    provider_id = employer.provider()
    provider = employer.key_for("provider", provider=provider_id)
    member(employer, "1001", unit)
    employer.batch(*map(event, FIVE))
    [referral] = employer.items("/v1/referrals")
    path = f"/v1/referrals/{referral['id']}"
    provider.ok("POST", f"{path}/accept")
    when = {"starts_at": "2026-03-09T10:00:00+01:00", "mode": "on_site"}
    provider.ok("POST", f"{path}/book", when)
    [talk] = provider.items("/v1/meetings")
    assert talk["kind"] == "health_talk"
    return employer, talk["id"]


class TestSeriesFeed:
    def test_shows_the_rule_and_what_differs_from_it(self, service: Service):
        employer = service.employer()
        path = begin(employer)
        series_id = path.rpartition("/")[2]
        employer.ok("POST", f"{path}/occurrences/2026-03-19/move", {"to": "2026-03-20"})
        employer.ok("POST", f"{path}/occurrences/2026-04-02/cancel")
        address = feed(employer, series_id=series_id)["address"]
        by_key, by_address = employer("GET", f"{path}/calendar.ics"), fetch(service, address)
        assert by_key.content == by_address.content
        uid = f"{series_id}@omtanke"
        assert events(by_address) == [
            (uid, "CONFIRMED", 0),
            (uid, "CONFIRMED", 1),
            (uid, "CANCELLED", 1),
        ]
        rule = calendar(by_address).vevent_list[0]
        left_out = {at.date().isoformat() for line in rule.exdate_list for at in line.value}
        assert "2026-05-14" in left_out  # Ascension Day
        employer.ok("POST", f"{path}/end", {"last_day": "2026-03-31"})
        assert events(fetch(service, address)) == [(uid, "CONFIRMED", 1), (uid, "CONFIRMED", 2)]

    def test_expands_to_the_slots_that_are_offered(self, service: Service):
        employer = service.employer()
        path = begin(employer, interval_weeks=1, slots=1, last_day="2026-05-31")
        slots = employer.ok("GET", f"{path}/slots?to=2026-05-31")["items"]
        rule = calendar(employer("GET", f"{path}/calendar.ics")).vevent
        found = [at.astimezone(UTC) for at in rule.getrruleset()]
        assert [f"{at:%Y-%m-%dT%H:%M:%SZ}" for at in found] == [s["starts_at"] for s in slots]


class TestManagerFeed:
    def test_shows_the_meetings_of_those_whom_the_manager_leads(self, service: Service):
        employer = service.employer()
        led_by = units(employer)
        north, south = member(employer, "1", NORTH), member(employer, "2", SOUTH)
        member(employer, "9001", NORTH)
        planned, other = meet(employer, north), meet(employer, north, "2026-03-11")
        elsewhere = meet(employer, south)
        employer.ok("POST", f"/v1/meetings/{other}/cancel")
        address = feed(employer, manager_id=led_by[NORTH])["address"]
        own = [(f"{planned}@omtanke", "CONFIRMED", 0), (f"{other}@omtanke", "CANCELLED", 1)]
        assert events(fetch(service, address)) == own
        assert elsewhere not in fetch(service, address).text

    def test_follows_who_leads_and_who_belongs(self, service: Service):
        employer = service.employer()
        led_by = units(employer)
        south = member(employer, "2", SOUTH)
        meeting = meet(employer, south, "2026-04-10", starts_at="2026-04-10T10:00:00+02:00")
        shown = [(f"{meeting}@omtanke", "CONFIRMED", 0)]
        one = feed(employer, manager_id=led_by[NORTH])["address"]
        other = feed(employer, manager_id=led_by[SOUTH])["address"]
        assert (events(fetch(service, one)), events(fetch(service, other))) == ([], shown)
        service.set_day("2026-04-01")
        assert (events(fetch(service, one)), events(fetch(service, other))) == (shown, [])
        member(employer, "2", "elsewhere")
        assert events(fetch(service, one)) == []

    def test_never_shows_a_health_talk_nor_a_meeting_without_managers(self, service: Service):
        employer, talk = with_talk(service)
        led_by = units(employer)
        member(employer, "1001", NORTH)
        [referral] = employer.items("/v1/referrals")
        private = meet(
            employer,
            referral["employee_id"],
            kind="follow_up",
            participants=["employee", "hr"],
        )
        address = feed(employer, manager_id=led_by[NORTH])["address"]
        text = fetch(service, address).text
        assert "BEGIN:VEVENT" not in text
        assert talk not in text
        assert private not in text

    def test_keeps_what_is_over_for_a_quarter_of_a_year(self, service: Service):
        employer = service.employer()
        led_by = units(employer)
        meeting = meet(employer, member(employer, "1", NORTH))
        address = feed(employer, manager_id=led_by[NORTH])["address"]
        service.set_day("2026-03-10")
        employer.ok("POST", f"/v1/meetings/{meeting}/hold")
        for day, found in (("2026-06-07", 1), ("2026-06-08", 0)):
            service.set_day(day)
            assert len(events(fetch(service, address))) == found

    def test_tells_nobodys_name_number_or_matter(self, service: Service):
        """What somebody who looks over the manager's shoulder sees."""
        employer = service.employer()
        led_by = units(employer)
        person = {"employee": "A-77-31", "unit": NORTH, "contact": {"name": "Kim Exempel"}}
        one = employer.ok("PUT", "/v1/employees", person)["id"]
        meet(employer, one, kind="follow_up")
        series = {k: v for k, v in EVERY_SECOND_THURSDAY.items() if k != "unit"}
        book(employer, begin(employer, series), one)
        text = fetch(service, feed(employer, manager_id=led_by[NORTH])["address"]).text
        assert text.count("BEGIN:VEVENT") == 2
        telling = ["A-77-31", "Kim", "Exempel", one, NORTH, led_by[NORTH], employer.tenant_id]
        telling += ["alignment", "follow", "three", "talk", "avstämning", "uppföljning", "samtal"]
        telling += ["DESCRIPTION", "LOCATION", "ATTENDEE", "COMMENT", "URL"]
        assert [word for word in telling if word.lower() in text.lower()] == []


class TestAddress:
    def test_is_shown_once_and_only_a_digest_is_kept(self, service: Service):
        employer = service.employer()
        series_id = begin(employer).rpartition("/")[2]
        made = feed(employer, series_id=series_id)
        secret = re.fullmatch(r"/calendars/([0-9a-z]{26}_[A-Za-z0-9_-]{43})\.ics", made["address"])
        assert secret
        shown = {k: v for k, v in made.items() if k != "address"}
        assert shown | {"id": "", "created_at": ""} == {
            "id": "",
            "series_id": series_id,
            "manager_id": None,
            "created_at": "",
        }
        assert employer.items("/v1/calendar-feeds") == [shown]
        assert feed(employer, series_id=series_id)["address"] != made["address"]

    def test_revoked_is_as_if_it_had_never_been(self, service: Service):
        employer = service.employer()
        series_id = begin(employer).rpartition("/")[2]
        made, other = (feed(employer, series_id=series_id) for _ in range(2))
        assert fetch(service, made["address"]).status_code == 200
        employer.ok("DELETE", f"/v1/calendar-feeds/{made['id']}")
        secret = made["address"].removeprefix("/calendars/").removesuffix(".ics")
        tenant_part, _, rest = secret.partition("_")
        another = service.employer().tenant_id.removeprefix("ten_")
        answers = [
            fetch(service, f"/calendars/{wrong}.ics")
            for wrong in (
                secret,
                f"{tenant_part}_{rest[::-1]}",
                f"{another}_{rest}",
                f"{'0' * 26}_{rest}",
                rest,
                f"{secret}A",
                "x",
                "å",
                "%00",
            )
        ]
        assert {answer.status_code for answer in answers} == {404}
        assert len({answer.content for answer in answers}) == 1
        assert answers[0].json()["code"] == "not_found"
        assert employer.items("/v1/calendar-feeds") == [
            {k: v for k, v in other.items() if k != "address"}
        ]
        employer.refused(404, "DELETE", f"/v1/calendar-feeds/{made['id']}")
        assert fetch(service, other["address"]).status_code == 200

    def test_is_for_a_series_or_a_manager_of_ones_own(self, service: Service):
        employer, other = service.employer(), service.employer()
        series_id = begin(other).rpartition("/")[2]
        manager_id = units(other)[NORTH]
        for foreign in ({"series_id": series_id}, {"manager_id": manager_id}):
            employer.refused(404, "POST", "/v1/calendar-feeds", foreign)
            made = other.ok("POST", "/v1/calendar-feeds", foreign)
            employer.refused(404, "DELETE", f"/v1/calendar-feeds/{made['id']}")
            assert fetch(service, made["address"]).status_code == 200
        for both_or_none in ({}, {"series_id": series_id, "manager_id": manager_id}):
            problem = employer.refused(422, "POST", "/v1/calendar-feeds", both_or_none)
            assert [e["code"] for e in problem["errors"]] == ["one_of_two"]
        assert employer.items("/v1/calendar-feeds") == []

    def test_is_in_no_log_even_when_something_breaks(
        self, service: Service, caplog: Any, monkeypatch: pytest.MonkeyPatch
    ):
        def broken(_: Any, secret: str) -> None:
            raise RuntimeError(secret)

        employer = service.employer()
        address = feed(employer, series_id=begin(employer).rpartition("/")[2])["address"]
        secret = address.removeprefix("/calendars/").removesuffix(".ics")[27:]
        with caplog.at_level("DEBUG"):
            assert fetch(service, address).status_code == 200
            monkeypatch.setattr("app.meetings.calendars.store.feed_of", broken)
            assert secret not in fetch(service, address).text
        own = [JsonLines().format(r) for r in caplog.records if not r.name.startswith("httpx")]
        assert any("unforeseen_error" in line for line in own)
        assert [line for line in own if secret in line] == []


def test_written_now_and_not_kept_by_anybody(service: Service):
    employer = service.employer()
    meeting = meet(employer, people(employer, 1)[0])
    path = f"/v1/meetings/{meeting}/calendar.ics"
    first = calendar(employer("GET", path)).vevent
    service.clock.set(at("2026-03-02", 13))
    second = calendar(employer("GET", path)).vevent
    assert second.dtstamp.value - first.dtstamp.value == timedelta(hours=1)
    assert second.last_modified.value == first.last_modified.value
