"""Time zones as iCalendar describes them: when the clock changes, and by how much.

Stockholm is one rule for all years since 1996. For any other zone the clock changes of the years
in question are written one by one, read off the zone itself. The library could write them too,
but as of 7.3 it puts every spring change an hour late, in a list that some programs do not read.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

STOCKHOLM = "Europe/Stockholm"
_DAY, _MINUTE = timedelta(days=1), timedelta(minutes=1)
_NOTHING = timedelta(0)


def vtimezone(zone: str, first: date, last: date) -> Timezone:
    """The VTIMEZONE of a zone, good for times from `first` to `last`."""
    return _stockholm() if zone == STOCKHOLM else _listed(zone, first.year, last.year)


@lru_cache(maxsize=1)
def _stockholm() -> Timezone:
    described = Timezone()
    described.add("TZID", STOCKHOLM)
    winter, summer = timedelta(hours=1), timedelta(hours=2)
    for clock, since, month, before, after, name in (
        (TimezoneDaylight(), datetime(1996, 3, 31, 2), 3, winter, summer, "CEST"),  # noqa: DTZ001 - wall time
        (TimezoneStandard(), datetime(1996, 10, 27, 3), 10, summer, winter, "CET"),  # noqa: DTZ001 - wall time
    ):
        _describe(clock, since, before, after, name)
        clock.add("RRULE", {"FREQ": "YEARLY", "BYMONTH": month, "BYDAY": "-1SU"})
        described.add_component(clock)
    return described


@lru_cache(maxsize=64)
def _listed(zone: str, first_year: int, last_year: int) -> Timezone:
    there = ZoneInfo(zone)
    described = Timezone()
    described.add("TZID", zone)
    start = datetime(first_year, 1, 1, tzinfo=UTC) - _DAY
    for at in (start, *_changes(there, start, datetime(last_year + 1, 1, 2, tzinfo=UTC))):
        local = at.astimezone(there)
        before = (at - _MINUTE).astimezone(there).utcoffset() or _NOTHING
        clock = TimezoneDaylight() if local.dst() else TimezoneStandard()
        # The wall time at which the change comes, on the clock as it was until then.
        since = (at + before).replace(tzinfo=None)
        _describe(clock, since, before, local.utcoffset() or _NOTHING, local.tzname() or zone)
        described.add_component(clock)
    return described


def _describe(
    clock: TimezoneDaylight | TimezoneStandard,
    since: datetime,
    before: timedelta,
    after: timedelta,
    name: str,
) -> None:
    clock.add("DTSTART", since)
    clock.add("TZOFFSETFROM", before)
    clock.add("TZOFFSETTO", after)
    clock.add("TZNAME", name)


def _changes(there: ZoneInfo, start: datetime, end: datetime) -> Iterator[datetime]:
    """The instants at which the offset changes: by days first, then to the minute."""
    while start < end:
        if _offset(there, start) != _offset(there, start + _DAY):
            yield _first_after(there, start)
        start += _DAY


def _first_after(there: ZoneInfo, start: datetime) -> datetime:
    before, low, high = _offset(there, start), 0, _DAY // _MINUTE
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(there, start + middle * _MINUTE) == before:
            low = middle
        else:
            high = middle
    return start + high * _MINUTE


def _offset(there: ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(there).utcoffset()
