"""When a mail goes out: seven o'clock by the employer's own clock, over every clock change."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.mail.slots import reminder_slot, slot_after

STOCKHOLM = "Europe/Stockholm"
ZONES = (STOCKHOLM, "Europe/Lisbon", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu")


def local(text: str, zone: str = STOCKHOLM) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


class TestSlotAfter:
    def test_is_now_where_nothing_is_gathered(self):
        now = local("2026-03-07 23:59")
        assert slot_after(now, STOCKHOLM, "none") == now

    @pytest.mark.parametrize(
        ("now", "daily", "weekly"),
        [
            # Monday 2 March 2026
            ("2026-03-02 00:00", "2026-03-02 07:00", "2026-03-02 07:00"),
            ("2026-03-02 06:59", "2026-03-02 07:00", "2026-03-02 07:00"),
            ("2026-03-02 07:00", "2026-03-03 07:00", "2026-03-09 07:00"),
            ("2026-03-02 12:00", "2026-03-03 07:00", "2026-03-09 07:00"),
            ("2026-03-06 07:01", "2026-03-09 07:00", "2026-03-09 07:00"),
            ("2026-03-07 03:00", "2026-03-09 07:00", "2026-03-09 07:00"),
            ("2026-03-08 23:59", "2026-03-09 07:00", "2026-03-09 07:00"),
            # Clocks go forward on Sunday 29 March, and back on Sunday 25 October.
            ("2026-03-27 09:00", "2026-03-30 07:00", "2026-03-30 07:00"),
            ("2026-03-29 03:30", "2026-03-30 07:00", "2026-03-30 07:00"),
            ("2026-10-23 09:00", "2026-10-26 07:00", "2026-10-26 07:00"),
            ("2026-10-25 02:30", "2026-10-26 07:00", "2026-10-26 07:00"),
            ("2026-12-31 12:00", "2027-01-01 07:00", "2027-01-04 07:00"),
        ],
    )
    def test_is_seven_o_clock_of_a_weekday_or_of_monday(self, now: str, daily: str, weekly: str):
        assert slot_after(local(now), STOCKHOLM, "daily") == local(daily)
        assert slot_after(local(now), STOCKHOLM, "weekly") == local(weekly)

    def test_is_another_instant_in_summer_than_in_winter(self):
        winter = slot_after(local("2026-03-26 12:00"), STOCKHOLM, "daily")
        summer = slot_after(local("2026-03-29 12:00"), STOCKHOLM, "daily")
        assert (winter.hour, summer.hour) == (6, 5)

    @settings(max_examples=150)
    @given(
        st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - bounds are naive
        st.sampled_from(ZONES),
        st.sampled_from(["daily", "weekly"]),
    )
    def test_is_the_first_quarter_of_an_hour_at_which_a_clock_on_the_wall_says_so(
        self, now: datetime, zone: str, digest
    ):
        """The oracle walks on, a quarter of an hour at a time, and looks at the clock."""
        wanted = range(5) if digest == "daily" else [0]
        at = now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)
        while True:
            at += timedelta(minutes=15)
            clock = at.astimezone(ZoneInfo(zone))
            if (clock.hour, clock.minute) == (7, 0) and clock.weekday() in wanted:
                break
        assert slot_after(now, zone, digest) == at


class TestReminderSlot:
    @pytest.mark.parametrize(
        ("now", "slot"),
        [
            ("2026-03-05 00:00", "2026-03-05 07:00"),
            ("2026-03-05 06:59", "2026-03-05 07:00"),
            ("2026-03-05 07:00", "2026-03-05 07:00"),
            ("2026-03-05 15:30", "2026-03-05 15:30"),
            ("2026-03-30 00:10", "2026-03-30 07:00"),
        ],
    )
    def test_is_at_once_but_wakes_nobody_at_midnight(self, now: str, slot: str):
        assert reminder_slot(local(now), STOCKHOLM, "none") == local(slot)

    def test_is_gathered_with_the_rest_where_that_is_wanted(self):
        midnight = local("2026-03-05 00:00")
        assert reminder_slot(midnight, STOCKHOLM, "daily") == local("2026-03-05 07:00")
        assert reminder_slot(midnight, STOCKHOLM, "weekly") == local("2026-03-09 07:00")
