"""When a series is: its days against dateutil's rules, its times against the clock on the wall."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise

import pytest
from dateutil import rrule, tz
from hypothesis import given
from hypothesis import strategies as st

from app.meetings.series.dates import Change, Dates, instant
from tests.strategies import examples
from tests.unit.meetings.made import TIMES, ZONES, local, series, stockholm

DAYS = st.dates(date(2026, 1, 1), date(2030, 12, 31))
WEEKS = st.integers(0, 60).map(lambda n: timedelta(days=n))


def by_dateutil(dates: Dates, first: date, last: date) -> list[date]:
    """The days of the rule, told by the other library."""
    start = datetime.combine(dates.first_day, time())
    until = datetime.combine(min(last, dates.last_day or last), time())
    rule = rrule.rrule(
        rrule.WEEKLY, interval=dates.interval_weeks, dtstart=start, until=until, wkst=rrule.MO
    )
    return [at.date() for at in rule if first <= at.date()]


def shown_by_the_clock(day: date, at: time, zone: str) -> datetime:
    """A wall time as an instant, told by the other library: one that is skipped comes later."""
    there = datetime.combine(day, at, tz.gettz(zone))
    return tz.resolve_imaginary(there).astimezone(UTC)


@examples(120)
@given(series(), DAYS, WEEKS)
def test_the_days_of_the_rule_are_dateutils(dates: Dates, first: date, length: timedelta):
    last = first + length
    assert list(dates.rule_days(first, last)) == by_dateutil(dates, first, last)


@examples(120)
@given(DAYS, TIMES, st.sampled_from(ZONES))
def test_a_wall_time_is_the_instant_dateutil_says(day: date, at: time, zone: str):
    assert instant(day, at, zone) == shown_by_the_clock(day, at, zone)


@examples(120)
@given(series(), DAYS, WEEKS)
def test_what_takes_place_is_the_rule_with_its_changes(
    dates: Dates, first: date, length: timedelta
):
    last = first + length
    far = timedelta(days=20)
    expected = []
    for day in by_dateutil(dates, first - far, last + far):
        change = dates.changes.get(day)
        if change is None and day.toordinal() not in dates.days_off:
            expected.append((day, day, dates.at))
        elif change is not None and change.moved_to is not None:
            expected.append((day, change.moved_to, change.moved_at or dates.at))
    found = dates.between(first, last)
    assert sorted((one.day, one.on) for one in found) == [
        (day, on) for day, on, _ in expected if first <= on <= last
    ]
    starts = {day: shown_by_the_clock(on, at, dates.zone) for day, on, at in expected}
    assert all(one.starts_at == starts[one.day] for one in found)
    assert found == sorted(found, key=lambda one: one.starts_at)


@examples(120)
@given(series(), DAYS, WEEKS)
def test_slots_follow_each_other_and_fill_the_occurrence(
    dates: Dates, first: date, length: timedelta
):
    for one in dates.between(first, first + length):
        starts = [dates.slot_starts(one, slot) for slot in range(1, dates.slots + 1)]
        each = timedelta(minutes=dates.slot_minutes)
        assert starts[0] == one.starts_at
        assert {later - start for start, later in pairwise(starts)} <= {each}
        assert starts[-1] + each == one.ends_at


@examples(120)
@given(series(), st.integers(0, 30), st.integers(-20, 20), TIMES)
def test_an_occurrence_is_in_the_way_when_any_other_minute_is_shared(
    dates: Dates, number: int, by: int, at: time
):
    day = dates.first_day + number * dates.interval
    moved = dates.placed(day, day + timedelta(days=by), at, "moved")
    around = dates.between(moved.on - timedelta(days=3), moved.on + timedelta(days=3))
    minutes = {
        other.starts_at + timedelta(minutes=n)
        for other in around
        if other.day != day
        for n in range(dates.slots * dates.slot_minutes)
    }
    mine = {moved.starts_at + timedelta(minutes=n) for n in range(dates.slots * dates.slot_minutes)}
    assert dates.in_the_way(moved) == bool(minutes & mine)


@examples(120)
@given(series())
def test_the_last_day_of_the_rule_is_the_last_that_comes(dates: Dates):
    if dates.last_day is None:
        assert dates.last_rule_day is None
    else:
        days = by_dateutil(dates, dates.first_day, dates.last_day)
        assert dates.last_rule_day == (days[-1] if days else None)


class TestClockChange:
    def test_nine_o_clock_stays_nine_o_clock(self):
        found = stockholm("2026-10-15").between(date(2026, 10, 15), date(2026, 10, 29))
        assert [local(one.starts_at) for one in found] == [
            "2026-10-15 09:00 +0200",
            "2026-10-22 09:00 +0200",
            "2026-10-29 09:00 +0100",
        ]

    def test_a_time_the_clock_skips_is_read_with_the_offset_before_it(self):
        [one] = stockholm("2026-03-29", "02:30").between(date(2026, 3, 29), date(2026, 3, 29))
        assert local(one.starts_at) == "2026-03-29 03:30 +0200"

    def test_a_time_that_comes_twice_is_the_first(self):
        dates = stockholm("2026-10-25", "02:30")
        [one] = dates.between(date(2026, 10, 25), date(2026, 10, 25))
        assert local(one.starts_at) == "2026-10-25 02:30 +0200"
        assert local(dates.slot_starts(one, 2)) == "2026-10-25 02:00 +0100"


class TestDayOff:
    DATES = stockholm("2026-10-06", days_off=frozenset({date(2026, 10, 13).toordinal()}))

    def test_is_not_offered(self):
        assert self.DATES.occurrence(date(2026, 10, 13)) is None
        days = [one.day.day for one in self.DATES.between(date(2026, 10, 1), date(2026, 10, 20))]
        assert days == [6, 20]

    def test_is_offered_where_somebody_has_moved_it(self):
        moved = {date(2026, 10, 13): Change(moved_to=date(2026, 10, 14), sequence=1)}
        dates = stockholm("2026-10-06", days_off=self.DATES.days_off, changes=moved)
        one = dates.occurrence(date(2026, 10, 13))
        assert one is not None
        assert (one.on, one.state) == (date(2026, 10, 14), "moved")


@pytest.mark.parametrize("day", ["2026-10-05", "2026-10-07", "2026-09-29", "2026-11-03"])
def test_a_day_the_rule_does_not_give_has_no_occurrence(day: str):
    dates = stockholm("2026-10-06", last_day=date(2026, 10, 31))
    assert dates.occurrence(date.fromisoformat(day)) is None
