"""A series as iCalendar, read by another library: vobject finds the same times as we do."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given

from app.meetings.calendars.ics import Setting, series_feed
from app.meetings.series.dates import Change, Dates
from tests.strategies import examples
from tests.unit.meetings.made import exact, read, series, stockholm

NOW = datetime(2026, 2, 27, 8, tzinfo=UTC)
Span = tuple[datetime, datetime]


def written(dates: Dates, *, sequence: int = 3, through: date = date(2031, 12, 31)) -> bytes:
    setting = Setting(dates.zone, "sv", "bokning@svc.example.se", NOW)
    return series_feed("ser_1", dates, setting, sequence=sequence, changed_at=NOW, through=through)


def expanded(text: bytes, until: datetime) -> set[Span]:
    """When something takes place: the rule's times, with each override in the place of its own."""
    spans: dict[datetime, Span] = {}
    overrides = []
    for event in read(text).vevent_list:
        if "recurrence-id" in event.contents:
            overrides.append(event)
        elif event.status.value != "CANCELLED":
            lasts = exact(event.dtend.value) - exact(event.dtstart.value)
            for at in event.getrruleset(addRDate=True):
                if at > until:
                    break
                spans[at.replace(tzinfo=None)] = (exact(at), exact(at) + lasts)
    for event in overrides:
        if event.recurrence_id.value > until:
            continue
        replaced = event.recurrence_id.value.replace(tzinfo=None)
        assert spans.pop(replaced)  # what is replaced is there
        if event.status.value != "CANCELLED":
            spans[replaced] = (exact(event.dtstart.value), exact(event.dtend.value))
    return set(spans.values())


@examples(120)
@given(series())
def test_vobject_finds_the_times_that_we_offer(dates: Dates):
    last = dates.first_day + timedelta(days=400)
    until = datetime.combine(last, time(23, 59), ZoneInfo(dates.zone))
    ours = {
        (one.starts_at, one.ends_at)
        for one in dates.between(dates.first_day - timedelta(days=30), last + timedelta(days=30))
        if one.day <= last
    }
    assert expanded(written(dates), until) == ours


@examples(60)
@given(series())
def test_every_component_of_a_series_is_one_event_to_calendars(dates: Dates):
    """The same UID throughout, one rule, and each override of a time that the rule gives."""
    events = read(written(dates)).vevent_list
    assert {event.uid.value for event in events} == {"ser_1@omtanke"}
    assert [("rrule" in e.contents, "recurrence-id" in e.contents) for e in events[1:]] == [
        (False, True)
    ] * len(events[1:])
    changed = {day for day, change in dates.changes.items() if dates.gives(day)}
    assert {e.recurrence_id.value.date() for e in events[1:]} == changed


def lines(dates: Dates, **more: Any) -> list[str]:
    text = written(dates, **more).decode()
    return text.replace("\r\n ", "").split("\r\n")


class TestText:
    """The example of the design notes: every second Tuesday over the clock change."""

    DATES = stockholm(
        "2026-10-06",
        interval_weeks=2,
        slots=1,
        last_day=date(2026, 12, 20),
        days_off=frozenset({date(2026, 11, 3).toordinal()}),
        changes={
            date(2026, 10, 20): Change(moved_to=date(2026, 10, 22), moved_at=time(13), sequence=2),
            date(2026, 11, 17): Change(cancelled=True, sequence=1),
        },
    )

    def test_says_the_rule_with_the_end_in_utc_and_the_week_from_monday(self):
        text = lines(self.DATES)
        [rule] = [line for line in text if line.startswith("RRULE:FREQ=WEEKLY")]
        parts = dict(part.split("=") for part in rule.removeprefix("RRULE:").split(";"))
        assert parts == {
            "FREQ": "WEEKLY",
            "INTERVAL": "2",
            "BYDAY": "TU",
            "WKST": "MO",
            "UNTIL": "20261215T080000Z",
        }
        assert "DTSTART;TZID=Europe/Stockholm:20261006T090000" in text
        assert "DTEND;TZID=Europe/Stockholm:20261006T093000" in text
        assert "EXDATE;TZID=Europe/Stockholm:20261103T090000" in text

    def test_describes_stockholm_by_two_rules(self):
        text = lines(self.DATES)
        zone = text[text.index("BEGIN:VTIMEZONE") : text.index("END:VTIMEZONE") + 1]
        assert len(zone) == 17
        assert "DTSTART:19960331T020000" in zone
        assert "DTSTART:19961027T030000" in zone
        assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3" in zone
        assert "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10" in zone

    def test_names_what_was_moved_and_cancelled_by_the_time_it_had(self):
        [_, moved, cancelled] = read(written(self.DATES)).vevent_list
        assert f"{moved.recurrence_id.value:%Y-%m-%d %H:%M}" == "2026-10-20 09:00"
        assert f"{moved.dtstart.value:%Y-%m-%d %H:%M}" == "2026-10-22 13:00"
        assert (moved.sequence.value, moved.status.value) == ("5", "CONFIRMED")
        assert f"{cancelled.recurrence_id.value:%Y-%m-%d %H:%M}" == "2026-11-17 09:00"
        assert (cancelled.sequence.value, cancelled.status.value) == ("4", "CANCELLED")

    def test_ends_every_line_with_crlf_and_folds_at_75_octets(self):
        off = frozenset(date(2026, 10, 6).toordinal() + 14 * n for n in range(10, 40))
        text = written(stockholm("2026-10-06", interval_weeks=2, days_off=off))
        assert text.endswith(b"END:VCALENDAR\r\n")
        assert text.count(b"\n") == text.count(b"\r\n") == text.count(b"\r")
        assert max(map(len, text.split(b"\r\n"))) <= 75
        assert b"\r\n " in text

    def test_leaves_days_off_out_as_far_as_it_may_be_booked(self):
        off = frozenset(date(2026, 10, 6).toordinal() + 7 * n for n in (1, 20))
        dates = stockholm("2026-10-06", days_off=off)
        found = lines(dates, through=date(2026, 12, 31))
        [left_out] = [line for line in found if line.startswith("EXDATE")]
        assert left_out == "EXDATE;TZID=Europe/Stockholm:20261013T090000"

    def test_of_a_series_that_ended_before_it_began_is_a_cancellation(self):
        [event] = read(written(stockholm("2026-10-06", last_day=date(2026, 10, 1)))).vevent_list
        assert event.status.value == "CANCELLED"
        assert "rrule" not in event.contents

    def test_says_nothing_but_that_a_time_is_taken(self):
        names = {line.partition(":")[0].partition(";")[0] for line in lines(self.DATES)}
        assert names == {
            "BEGIN", "END", "VERSION", "PRODID", "CALSCALE", "METHOD", "X-WR-CALNAME",
            "REFRESH-INTERVAL", "TZID", "DTSTART", "RRULE", "TZNAME", "TZOFFSETFROM", "TZOFFSETTO",
            "SUMMARY", "DTEND", "DTSTAMP", "UID", "RECURRENCE-ID", "SEQUENCE", "EXDATE", "CLASS",
            "LAST-MODIFIED", "ORGANIZER", "STATUS", "TRANSP", "",
        }  # fmt: skip
        told = {line for line in lines(self.DATES) if line.startswith(("SUMMARY", "CLASS"))}
        assert told == {"SUMMARY:Bokat möte", "CLASS:PRIVATE"}
