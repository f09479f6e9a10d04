"""The retry schedule as a table, its bounds as properties, and Retry-After in all its forms."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.delivery.backoff import (
    DEFAULT_SCHEDULE,
    MAX_RETRY_AFTER_S,
    next_attempt,
    parse_retry_after,
)
from tests.unit.delivery.vectors import VECTORS

NOW = datetime(2026, 3, 2, 6, 58, tzinfo=UTC)


def seconds_until_next(attempts_made, spread=0.0, retry_after=None, schedule=DEFAULT_SCHEDULE):
    at = next_attempt(schedule, attempts_made, now=NOW, spread=spread, retry_after=retry_after)
    return None if at is None else (at - NOW).total_seconds()


class TestNextAttempt:
    @pytest.mark.parametrize(
        ("attempts_made", "seconds"),
        [(0, 0), *enumerate(DEFAULT_SCHEDULE, start=1), (10, None), (11, None)],
    )
    def test_follows_the_schedule_and_then_gives_up(self, attempts_made, seconds):
        assert seconds_until_next(attempts_made) == seconds

    def test_gives_up_after_75_hours_35_minutes_and_5_seconds(self):
        assert timedelta(seconds=sum(DEFAULT_SCHEDULE)) == timedelta(
            hours=75, minutes=35, seconds=5
        )

    @pytest.mark.parametrize(
        ("spread", "retry_after", "seconds"),
        [
            (0, None, 300),
            (-1, None, 240),
            (1, None, 360),
            (0, 0, 300),
            (0, 299, 300),
            (0, 301, 301),
            (0, 600, 600),
            (0, 601, 600),
            (0, MAX_RETRY_AFTER_S, 600),
            (-1, 300, 300),
            (-1, 600, 480),
            (1, 300, 360),
        ],
    )
    def test_lets_the_receiver_lengthen_a_delay_to_its_double(self, spread, retry_after, seconds):
        assert seconds_until_next(2, spread, retry_after) == seconds

    @given(
        st.lists(st.integers(0, 10_000_000), min_size=1, max_size=20),
        st.data(),
        st.floats(-1, 1),
        st.none() | st.integers(0, MAX_RETRY_AFTER_S),
    )
    def test_stays_between_four_fifths_and_twelve_fifths(self, schedule, data, spread, retry_after):
        attempts_made = data.draw(st.integers(1, len(schedule)))
        seconds = seconds_until_next(attempts_made, spread, retry_after, schedule)
        delay = schedule[attempts_made - 1]
        assert 0.8 * delay - 1e-6 <= seconds <= 2.4 * delay + 1e-6
        if retry_after is not None and retry_after <= 0.8 * delay * 2:
            assert seconds >= retry_after - 1e-6

    def test_has_no_second_chance_with_an_empty_schedule(self):
        assert seconds_until_next(0, schedule=()) == 0
        assert seconds_until_next(1, schedule=()) is None

    @pytest.mark.parametrize(
        ("made", "spread"), [(-1, 0), (1, 1.01), (1, -1.01), (1, float("nan"))]
    )
    def test_refuses_what_only_a_mistake_could_give(self, made, spread):
        with pytest.raises(ValueError, match="spread"):
            next_attempt((5,), made, now=NOW, spread=spread, retry_after=None)


class TestParseRetryAfter:
    @pytest.mark.parametrize(
        "case", VECTORS["retry_after"]["cases"], ids=lambda case: case["value"]
    )
    def test_reads_the_vectors(self, case):
        if "absolute_unix" in case:
            now = datetime.fromtimestamp(case["absolute_unix"] - 90, UTC)
            assert parse_retry_after(case["value"], now) == 90
        else:
            assert parse_retry_after(case["value"], NOW) == case["seconds"]

    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            (None, None),
            ("", None),
            ("-1", None),
            ("+5", None),
            ("1e9", None),
            ("inf", None),
            ("nan", None),
            ("0x10", None),
            ("1_000", None),
            ("١٢٠", None),
            ("120 seconds", None),
            ("Mon, 32 Mar 2026 07:00:00 GMT", None),
            ("Mon, 02 Mar 2026 25:00:00 GMT", None),
            ("x" * 10_000, None),
            ("9" * 10_000, None),
            (" 120 ", 120),
            ("0", 0),
            ("007", 7),
            ("0.001", 1),
            ("1000000000", MAX_RETRY_AFTER_S),
            ("9" * 90, MAX_RETRY_AFTER_S),
            ("Mon, 02 Mar 2026 07:00:00 GMT", 120),
            ("Monday, 02-Mar-26 07:00:00 GMT", 120),
            ("Mon Mar  2 07:00:00 2026", 120),
            ("Mon, 02 Mar 2026 06:57:00 GMT", 0),
            ("Fri, 31 Dec 9999 23:59:59 GMT", MAX_RETRY_AFTER_S),
            ("Mon, 01 Jan 0001 00:00:00 GMT", 0),
        ],
    )
    def test_clamps_the_absurd_and_ignores_rubbish(self, value, seconds):
        assert parse_retry_after(value, NOW) == seconds

    @given(st.integers(0, 6 * 86_400), st.integers(0, 999_999))
    def test_never_comes_before_the_date_it_was_given(self, seconds, microseconds):
        now = NOW - timedelta(microseconds=microseconds)
        found = parse_retry_after(
            format_datetime(NOW + timedelta(seconds=seconds), usegmt=True), now
        )
        assert found == seconds + bool(microseconds)

    @given(st.text(max_size=120) | st.from_regex(r"[A-Z][a-z]{2}, .{1,40}(GMT|[+-]\d{4})"))
    def test_never_raises_and_never_leaves_its_range(self, value):
        found = parse_retry_after(value, NOW)
        assert found is None or 0 <= found <= MAX_RETRY_AFTER_S
