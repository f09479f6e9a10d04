"""Meetings and series as iCalendar text (RFC 5545, methods after RFC 5546).

Pure: values in, text out. Whoever looks at somebody's calendar learns that a time is taken and
nothing else: titles are the same for every kind of meeting, and there is no name, no employee, no
place and no description. `CLASS:PRIVATE` is only a hint to programs.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event, vCalAddress, vText

from app.meetings.calendars.zones import vtimezone
from app.meetings.series.dates import Change, Dates

Language = Literal["sv", "en"]
Method = Literal["PUBLISH", "CANCEL"]
TITLE = {"sv": "Bokat möte", "en": "Booked meeting"}
CALENDAR = {"sv": "Bokade möten", "en": "Booked meetings"}
BOOKING = {"sv": "Bokning", "en": "Booking"}
_DOMAIN = "omtanke"
_REFRESH = timedelta(hours=1)
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True, slots=True)
class Setting:
    """What all entries share: the zone, the language, who invites, and when this is written."""

    zone: str
    language: Language
    organizer: str
    now: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A meeting's time. `sequence` counts its changes, so that calendars take the latest."""

    id: str
    starts_at: datetime
    minutes: int
    sequence: int
    cancelled: bool
    changed_at: datetime


def one_meeting(entry: Entry, setting: Setting) -> bytes:
    """A calendar file of one meeting; a cancelled one takes it out of the calendar again."""
    method: Method = "CANCEL" if entry.cancelled else "PUBLISH"
    return _text(_calendar([_meeting(entry, setting)], setting, method))


def meetings_feed(entries: Iterable[Entry], setting: Setting) -> bytes:
    """A calendar to subscribe to: meetings of several people, cancelled ones marked as such."""
    return _feed([_meeting(entry, setting) for entry in entries], setting)


def series_feed(
    series_id: str,
    dates: Dates,
    setting: Setting,
    *,
    sequence: int,
    changed_at: datetime,
    through: date,
) -> bytes:
    """A calendar to subscribe to: the times of a series, as one rule with what differs from it.

    Days off are left out up to `through`; a feed is read anew long before that day.
    """
    written = _Written(series_id, setting, changed_at)
    overrides = [
        _override(written, dates, day, change, sequence)
        for day, change in sorted(dates.changes.items())
        if change.differs and dates.gives(day)
    ]
    return _feed([_rule(written, dates, sequence, through), *overrides], setting, through)


@dataclass(frozen=True, slots=True)
class _Written:
    """What every component of a series says alike."""

    id: str
    setting: Setting
    changed_at: datetime

    def event(self, starts_at: Any, ends_at: Any, sequence: int, *, cancelled: bool) -> Event:
        event = Event()
        event.add("UID", f"{self.id}@{_DOMAIN}")
        event.add("DTSTAMP", self.setting.now.astimezone(UTC))
        event.add("LAST-MODIFIED", self.changed_at.astimezone(UTC))
        event.add("SEQUENCE", sequence)
        event.add("ORGANIZER", _organizer(self.setting))
        event.add("DTSTART", starts_at)
        event.add("DTEND", ends_at)
        event.add("SUMMARY", TITLE[self.setting.language])
        event.add("CLASS", "PRIVATE")
        event.add("STATUS", "CANCELLED" if cancelled else "CONFIRMED")
        event.add("TRANSP", "TRANSPARENT" if cancelled else "OPAQUE")
        return event


def _meeting(entry: Entry, setting: Setting) -> Event:
    ends_at = entry.starts_at + timedelta(minutes=entry.minutes)
    return _Written(entry.id, setting, entry.changed_at).event(
        _local(entry.starts_at, setting.zone),
        _local(ends_at, setting.zone),
        entry.sequence,
        cancelled=entry.cancelled,
    )


def _rule(written: _Written, dates: Dates, sequence: int, through: date) -> Event:
    """The series itself. One that has ended before its first day is cancelled as a whole."""
    first = dates.placed(dates.first_day, dates.first_day, dates.at, "planned")
    empty = dates.last_day is not None and dates.last_rule_day is None
    starts_at = _wall(dates, dates.first_day)
    ends_at = _local(first.ends_at, dates.zone)
    event = written.event(starts_at, ends_at, sequence, cancelled=empty)
    if not empty:
        event.add("RRULE", _recurrence(dates))
        days = dates.rule_days(dates.first_day, through)
        if off := [_wall(dates, day) for day in days if dates.is_off(day)]:
            event.add("EXDATE", off)
    return event


def _recurrence(dates: Dates) -> dict[str, Any]:
    """RRULE. With a week's start given, every second week means the same to all programs."""
    rule: dict[str, Any] = {
        "FREQ": "WEEKLY",
        "INTERVAL": dates.interval_weeks,
        "BYDAY": _WEEKDAYS[dates.first_day.weekday()],
        "WKST": "MO",
    }
    if last := dates.last_rule_day:
        rule["UNTIL"] = dates.placed(last, last, dates.at, "planned").starts_at
    return rule


def _override(written: _Written, dates: Dates, day: date, change: Change, sequence: int) -> Event:
    """One occurrence that was moved or cancelled, named by the time the rule gives it."""
    now = dates.occurrence(day)
    assert now is not None  # noqa: S101 - a changed day of the rule is never off
    event = written.event(
        _local(now.starts_at, dates.zone),
        _local(now.ends_at, dates.zone),
        sequence + change.sequence,
        cancelled=change.cancelled,
    )
    event.add("RECURRENCE-ID", _wall(dates, day))
    return event


def _wall(dates: Dates, day: date) -> datetime:
    """The wall time the rule gives a day, whether or not the clock shows it."""
    return datetime.combine(day, dates.at, ZoneInfo(dates.zone))


def _local(at: datetime, zone: str) -> datetime:
    """An instant in local time; in UTC where a wall time that comes twice would mean the first."""
    local = at.astimezone(ZoneInfo(zone))
    return at.astimezone(UTC) if local.fold else local


def _organizer(setting: Setting) -> vCalAddress:
    organizer = vCalAddress(f"mailto:{setting.organizer}")
    organizer.params["CN"] = vText(BOOKING[setting.language])
    return organizer


def _feed(events: Sequence[Event], setting: Setting, through: date = date.min) -> bytes:
    calendar = _calendar(events, setting, "PUBLISH", through)
    calendar.add("X-WR-CALNAME", CALENDAR[setting.language])
    calendar.add("REFRESH-INTERVAL", _REFRESH, parameters={"VALUE": "DURATION"})
    return _text(calendar)


def _text(calendar: Calendar) -> bytes:
    """With CRLF, and lines folded at 75 octets."""
    text: bytes = calendar.to_ical()
    return text


def _calendar(
    events: Sequence[Event], setting: Setting, method: Method, through: date = date.min
) -> Calendar:
    calendar = Calendar()
    calendar.add("PRODID", f"-//Omtanke//Omtanke//{setting.language.upper()}")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    starts = [setting.now, *(event.start for event in events)]
    days = [date(at.year, at.month, at.day) for at in starts]
    calendar.add_component(vtimezone(setting.zone, min(days), max(*days, through)))
    for event in events:
        calendar.add_component(event)
    return calendar
