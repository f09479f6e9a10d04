"""What may still be booked, against a count by hand."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.meetings.series.slots import all_slots
from tests.strategies import examples
from tests.unit.meetings.made import stockholm

SERIES = stockholm("2026-10-01", slots=3)
FIRST, LAST = date(2026, 10, 1), date(2026, 10, 29)
DAYS = [FIRST + timedelta(weeks=n) for n in range(5)]
BOOKED = st.lists(st.tuples(st.sampled_from(DAYS), st.integers(1, 3)), max_size=40)
NOW = st.integers(0, 30 * 24 * 60).map(
    lambda minutes: datetime(2026, 9, 30, 22, tzinfo=UTC) + timedelta(minutes=minutes)
)


@examples(100)
@given(BOOKED, st.integers(1, 5), NOW)
def test_a_slot_is_free_for_what_it_takes_less_what_is_booked_until_it_begins(
    booked: list[tuple[date, int]], capacity: int, now: datetime
):
    found = list(all_slots(SERIES, FIRST, LAST, capacity=capacity, taken=Counter(booked), now=now))
    assert [(slot.occurrence, slot.number) for slot in found] == [
        (day, number) for day in DAYS for number in (1, 2, 3)
    ]
    for slot in found:
        left = capacity - booked.count((slot.occurrence, slot.number))
        begun = slot.starts_at <= now
        assert slot.free == (0 if begun or left < 0 else left)
