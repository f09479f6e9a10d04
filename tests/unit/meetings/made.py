"""Random series of meetings over clock changes, with moves, cancellations and days off.

And another library to read their calendars with.
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import vobject
from dateutil import tz
from hypothesis import strategies as st
from vobject.icalendar import registerTzid

from app.meetings.series.dates import Change, Dates

ZONES = ("Europe/Stockholm", "Europe/Helsinki", "America/New_York", "Australia/Lord_Howe", "UTC")
"""Lord Howe Island moves its clocks by half an hour, in the other half of the year."""
AROUND_CLOCK_CHANGES = st.one_of(
    st.dates(date(2026, 3, 1), date(2026, 4, 12)),
    st.dates(date(2026, 10, 1), date(2026, 11, 8)),
    st.dates(date(2027, 3, 1), date(2029, 12, 31)),
)
TIMES = st.one_of(
    st.builds(time, st.integers(0, 4), st.sampled_from([0, 15, 30])),
    st.builds(time, st.integers(5, 20), st.integers(0, 59)),
)


@st.composite
def changes(draw: Any, first_day: date, interval: int) -> dict[date, Change]:
    """Some of the rule's days, moved by up to two weeks or cancelled; a few days are none of it."""
    found = {}
    for number in draw(st.sets(st.integers(0, 30), max_size=5)):
        day = first_day + timedelta(weeks=interval * number)
        sequence = draw(st.integers(1, 4))
        if draw(st.booleans()):
            found[day] = Change(cancelled=True, sequence=sequence)
        else:
            to = day + timedelta(days=draw(st.integers(-14, 14)))
            at = draw(st.none() | TIMES)
            found[day] = Change(moved_to=to, moved_at=at, sequence=sequence)
    return found


@st.composite
def series(draw: Any) -> Dates:
    """A series of at most three hours a time."""
    first_day = draw(AROUND_CLOCK_CHANGES)
    interval = draw(st.sampled_from([1, 2]))
    length = draw(st.none() | st.integers(-3, 200))
    weeks = draw(st.sets(st.integers(0, 20), max_size=4))
    return Dates(
        first_day=first_day,
        last_day=None if length is None else first_day + timedelta(days=length),
        at=draw(TIMES),
        interval_weeks=interval,
        slots=draw(st.integers(1, 6)),
        slot_minutes=draw(st.sampled_from([15, 20, 30])),
        zone=draw(st.sampled_from(ZONES)),
        changes=draw(changes(first_day, interval)),
        days_off=frozenset((first_day + timedelta(weeks=n)).toordinal() for n in weeks),
    )


def stockholm(first_day: str, at: str = "09:00", **more: Any) -> Dates:
    """A weekly series in Stockholm of two half hours, without an end."""
    given: dict[str, Any] = {
        "last_day": None,
        "interval_weeks": 1,
        "slots": 2,
        "slot_minutes": 30,
        "zone": "Europe/Stockholm",
    }
    first, hour = date.fromisoformat(first_day), time.fromisoformat(at)
    return Dates(first_day=first, at=hour, **(given | more))


def local(at: datetime) -> str:
    """An instant as a clock in Stockholm shows it."""
    return f"{at.astimezone(ZoneInfo('Europe/Stockholm')):%Y-%m-%d %H:%M %z}"


def read(text: bytes) -> Any:
    """A calendar as vobject reads it, by the zones it describes itself."""
    for zone in ZONES[:-1]:
        registerTzid(zone, None)  # it would go on with the description it read first
    [calendar] = vobject.readComponents(text.decode())
    return calendar


def exact(at: datetime) -> datetime:
    """A wall time in a calendar as an instant; one that is skipped comes later (RFC 5545)."""
    return tz.resolve_imaginary(at).astimezone(UTC)
