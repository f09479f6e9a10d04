"""Working days, against the calendar walked one day at a time."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.absences.holidays import swedish_holidays
from app.absences.workdays import Workdays

DAYS = st.dates(date(2020, 1, 1), date(2032, 12, 31))
CLOSURES = st.lists(st.tuples(DAYS, st.integers(0, 60)), max_size=4)
SWEDISH = swedish_holidays()


def on(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def walked(start: date, count: int, closed: set[date]) -> date:
    day = start
    while count:
        day += timedelta(days=1)
        if day.isoweekday() < 6 and day.toordinal() not in SWEDISH and day not in closed:
            count -= 1
    return day


@given(DAYS, st.integers(1, 30), CLOSURES)
def test_the_nth_working_day_is_the_one_counted_by_hand(start, count, closures):
    closed = {first + timedelta(days=n) for first, length in closures for n in range(length + 1)}
    periods = tuple((f.toordinal(), f.toordinal() + length) for f, length in closures)
    calendar = Workdays(SWEDISH, periods)
    found = calendar.after(start.toordinal(), count)
    assert date.fromordinal(found) == walked(start, count, closed)
    assert calendar.between(start.toordinal(), found) == count


def test_three_days_over_christmas_skip_the_eves():
    assert Workdays(SWEDISH).after(on("2026-12-22"), 3) == on("2026-12-29")


def test_a_closed_july_stands_still():
    july = ((on("2026-07-01"), on("2026-07-31")),)
    assert Workdays(SWEDISH, july).after(on("2026-06-29"), 3) == on("2026-08-04")


def test_a_unit_closed_for_good_has_an_end_all_the_same():
    closed = Workdays(frozenset(), ((on("2026-01-01"), None),))
    assert closed.after(on("2026-03-02"), 3) > on("2035-01-01")


def test_the_first_working_day_from_a_working_day_on_is_that_day():
    assert Workdays(SWEDISH).on_or_after(on("2026-03-02")) == on("2026-03-02")
    assert Workdays(SWEDISH).on_or_after(on("2026-03-07")) == on("2026-03-09")
