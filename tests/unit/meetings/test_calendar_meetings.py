"""Single meetings as iCalendar, read by another library; and zones, against their own clocks."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import vobject
from hypothesis import given
from hypothesis import strategies as st

from app.meetings.calendars.ics import Entry, Setting, meetings_feed, one_meeting
from app.meetings.calendars.zones import vtimezone
from tests.strategies import examples
from tests.unit.meetings.made import ZONES, exact, read

NOW = datetime(2026, 2, 27, 8, tzinfo=UTC)
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2030, 12, 31)).map(  # noqa: DTZ001 - made UTC
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
)
NEAR_A_CLOCK_CHANGE = st.builds(
    lambda at, minutes: at + timedelta(minutes=minutes),
    st.sampled_from([datetime(2026, 3, 29, tzinfo=UTC), datetime(2026, 10, 25, tzinfo=UTC)]),
    st.integers(-180, 300),
)


def setting(zone: str = "Europe/Stockholm", language: Any = "sv") -> Setting:
    return Setting(zone, language, "bokning@svc.example.se", NOW)


def meeting(starts_at: datetime = NOW, **more: Any) -> Entry:
    given: dict[str, Any] = {"minutes": 45, "sequence": 0, "cancelled": False, "changed_at": NOW}
    return Entry(id="mtg_1", starts_at=starts_at, **(given | more))


@examples(120)
@given(INSTANTS | NEAR_A_CLOCK_CHANGE, st.integers(5, 480), st.sampled_from(ZONES))
def test_vobject_reads_the_instants_that_were_written(at: datetime, minutes: int, zone: str):
    event = read(one_meeting(meeting(at, minutes=minutes), setting(zone))).vevent
    assert exact(event.dtstart.value) == at
    assert exact(event.dtend.value) == at + timedelta(minutes=minutes)


@examples(120)
@given(INSTANTS, st.sampled_from([*ZONES, "Europe/Dublin", "Africa/Casablanca", "Asia/Tehran"]))
def test_a_zone_as_described_is_the_zone_as_it_is(at: datetime, zone: str):
    """But for the hour that comes twice, which a description cannot tell apart."""
    described = vtimezone(zone, date(2026, 1, 1), date(2030, 12, 31)).to_ical().decode()
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{described}END:VCALENDAR\r\n"
    theirs = vobject.readOne(text).vtimezone.tzinfo
    local = at.astimezone(ZoneInfo(zone))
    if not local.fold:
        assert local.replace(tzinfo=theirs).utcoffset() == local.utcoffset()


class TestOne:
    def test_is_neutral_private_and_known_by_its_own_id(self):
        text = one_meeting(meeting(sequence=2), setting()).decode()
        event = read(text.encode()).vevent
        assert event.uid.value == "mtg_1@omtanke"
        assert event.summary.value == "Bokat möte"
        assert event.contents["class"][0].value == "PRIVATE"
        assert (event.sequence.value, event.status.value) == ("2", "CONFIRMED")
        assert event.dtstamp.value == NOW
        assert event.organizer.value == "mailto:bokning@svc.example.se"
        assert set(event.contents) == {
            "uid", "summary", "class", "sequence", "status", "dtstamp", "organizer",
            "dtstart", "dtend", "last-modified", "transp",
        }  # fmt: skip
        assert "METHOD:PUBLISH" in text

    def test_is_in_english_for_those_who_write_in_english(self):
        text = one_meeting(meeting(), setting(language="en")).decode()
        assert "SUMMARY:Booked meeting\r\n" in text
        assert "CN=Booking" in text

    def test_cancelled_takes_the_same_event_out_again(self):
        text = one_meeting(meeting(cancelled=True, sequence=3), setting()).decode()
        event = read(text.encode()).vevent
        assert "METHOD:CANCEL" in text
        assert (event.uid.value, event.sequence.value) == ("mtg_1@omtanke", "3")
        assert (event.status.value, event.transp.value) == ("CANCELLED", "TRANSPARENT")

    def test_in_the_second_of_two_like_hours_is_told_in_utc(self):
        twice = datetime(2026, 10, 25, 1, 30, tzinfo=UTC)  # half past two, in winter time
        assert b"DTSTART:20261025T013000Z" in one_meeting(meeting(twice), setting())
        first = twice - timedelta(hours=1)
        text = one_meeting(meeting(first, minutes=60), setting())
        assert b"DTSTART;TZID=Europe/Stockholm:20261025T023000" in text
        assert b"DTEND:20261025T013000Z" in text


class TestFeed:
    def test_publishes_what_is_planned_and_what_is_cancelled(self):
        entries = [meeting(), meeting(NOW + timedelta(days=1), cancelled=True, sequence=1)]
        text = meetings_feed(entries, setting())
        assert b"METHOD:PUBLISH" in text
        assert [e.status.value for e in read(text).vevent_list] == ["CONFIRMED", "CANCELLED"]

    def test_without_meetings_is_an_empty_calendar(self):
        calendar = read(meetings_feed([], setting()))
        assert "vevent" not in calendar.contents
        assert calendar.vtimezone.tzinfo.utcoffset(datetime(2026, 7, 1)) == timedelta(hours=2)  # noqa: DTZ001 - wall time


@pytest.mark.parametrize(
    ("zone", "hour", "offset"),
    [
        ("Europe/Helsinki", 3, "+0300"),
        ("Europe/Dublin", 1, "+0100"),
        ("America/New_York", 2, "-0400"),
    ],
)
def test_a_spring_change_stands_at_the_hour_on_the_old_clock(zone: str, hour: int, offset: str):
    text = vtimezone(zone, date(2026, 1, 1), date(2026, 12, 31)).to_ical().decode()
    [spring] = [part for part in text.split("BEGIN:")[1:] if f"TZOFFSETTO:{offset}" in part]
    assert f"T{hour:02}0000" in spring
