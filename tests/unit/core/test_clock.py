"""Time: one clock, aware and in UTC, and the civil date where the employer is."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from app.core.clock import SetClock, SystemClock, local_date


class TestSystemClock:
    def test_is_aware_in_utc_and_right(self):
        before = datetime.now(UTC)
        now = SystemClock().now()
        assert now.tzinfo is UTC
        assert before <= now <= datetime.now(UTC)


class TestSetClock:
    def test_stands_where_it_is_put(self):
        clock = SetClock(datetime(2026, 3, 2, 7, tzinfo=timezone(timedelta(hours=1))))
        assert clock.now() == clock.now() == datetime(2026, 3, 2, 6, tzinfo=UTC)
        clock.set(datetime(2020, 1, 1, tzinfo=UTC))
        assert clock.now() == datetime(2020, 1, 1, tzinfo=UTC)

    def test_refuses_a_naive_time(self):
        with pytest.raises(ValueError, match="aware"):
            SetClock(datetime(2026, 3, 2))  # noqa: DTZ001 - that is the point


class TestLocalDate:
    @pytest.mark.parametrize(
        ("instant", "zone", "day"),
        [
            ("2026-03-01T22:59:59+00:00", "Europe/Stockholm", "2026-03-01"),
            ("2026-03-01T23:00:00+00:00", "Europe/Stockholm", "2026-03-02"),
            ("2026-06-30T21:59:59+00:00", "Europe/Stockholm", "2026-06-30"),
            ("2026-06-30T22:00:00+00:00", "Europe/Stockholm", "2026-07-01"),
            ("2026-03-29T01:30:00+00:00", "Europe/Stockholm", "2026-03-29"),
            ("2026-10-25T22:59:59+00:00", "Europe/Stockholm", "2026-10-25"),
            ("2026-10-25T23:00:00+00:00", "Europe/Stockholm", "2026-10-26"),
            ("2026-03-01T22:00:00+00:00", "Europe/Helsinki", "2026-03-02"),
            ("2026-03-02T04:59:59+00:00", "America/New_York", "2026-03-01"),
            ("2026-12-31T23:30:00+00:00", "UTC", "2026-12-31"),
        ],
    )
    def test_is_the_civil_date_there(self, instant: str, zone: str, day: str):
        assert local_date(datetime.fromisoformat(instant), zone) == date.fromisoformat(day)
