"""Silence of a feed: whole years lived day by day, against what an employer would say."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from app.absences.holidays import swedish_holidays
from app.absences.workdays import Workdays
from app.feeds.rhythm import REMEMBERED_DAYS, Feed, SendingDays, rhythm_of, state_of, to_tell

SWEDISH = Workdays(swedish_holidays())


class Remembered(SendingDays):
    """The same, asked of each day once: whole years are lived here again and again."""

    @cache  # noqa: B019 - one for each calendar of these tests
    def is_one(self, day: int) -> bool:
        return super().is_one(day)


SENDING = Remembered(SWEDISH)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def on(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def feed(days: Iterable[int], silent_since: int | None = None) -> Feed:
    return Feed("hr", LONG_AGO, LONG_AGO, tuple(sorted(days)), silent_since)


def kept(days: Sequence[int], until: int) -> Sequence[int]:
    """The days a row has when it was last written by that day: half a year of them."""
    known = bisect_right(days, until)
    oldest = days[known - 1] - REMEMBERED_DAYS if known else 0
    return days[bisect_left(days, oldest) : known]


def live(
    heard: Collection[int],
    looks: Iterable[int],
    sending: SendingDays = SENDING,
) -> list[tuple[str, int]]:
    """What is told, and when: each look is in the morning, before anything arrives that day.

    The feed's row is kept as the service keeps it.
    """
    days = sorted(heard)
    told: list[tuple[str, int]] = []
    silent_since: int | None = None
    for today in looks:
        remembered = kept(days, today - 1)
        if not remembered:
            continue
        while message := to_tell(feed(remembered, silent_since), today, sending):
            told.append((message, today))
            silent_since = today if message == "silent" else None
    return told


def working_days(first: str, last: str) -> list[int]:
    return [day for day in range(on(first), on(last) + 1) if SWEDISH.is_one(day)]


def every(span: range, wanted: Callable[[date], bool]) -> set[int]:
    return {day for day in span if wanted(date.fromordinal(day))}


YEARS = range(on("2023-01-02"), on("2027-06-30"))


def paydays() -> set[int]:
    """The 25th of each month, or the working day before it."""
    found = set()
    for day in every(YEARS, lambda d: d.day == 25):
        while not SWEDISH.is_one(day):
            day -= 1
        found.add(day)
    return found


REGULAR = {
    "every working day": set(working_days("2023-01-02", "2027-06-29")),
    "every working day but those on which people are away": every(
        YEARS, lambda d: SENDING.is_one(d.toordinal())
    ),
    "every day": set(YEARS),
    "Tuesdays": every(YEARS, lambda d: d.isoweekday() == 2),
    "Fridays, holidays or not": every(YEARS, lambda d: d.isoweekday() == 5),
    "Sundays": every(YEARS, lambda d: d.isoweekday() == 7),
    "Mondays and Thursdays that are working days": every(
        YEARS, lambda d: d.isoweekday() in (1, 4) and SWEDISH.is_one(d.toordinal())
    ),
    "every second Wednesday": every(
        YEARS, lambda d: d.isoweekday() == 3 and d.isocalendar().week % 2 == 0
    ),
    "the 25th": every(YEARS, lambda d: d.day == 25),
    "payday": paydays(),
    "the first of the month": every(YEARS, lambda d: d.day == 1),
    "the last days of a month": every(YEARS, lambda d: (d + timedelta(days=3)).month != d.month),
}


class TestRegularFeed:
    @pytest.mark.parametrize("rhythm", REGULAR)
    def test_is_never_called_silent(self, rhythm: str):
        """Christmas, Easter, Midsummer and squeezed days of four years among them."""
        assert live(REGULAR[rhythm], YEARS) == []

    @pytest.mark.parametrize("rhythm", REGULAR)
    def test_that_stops_is_told_once(self, rhythm: str):
        end = on("2026-02-20")
        heard = {day for day in REGULAR[rhythm] if day <= end}
        [(message, day)] = live(heard, YEARS)
        assert message == "silent"
        assert day > end

    @pytest.mark.parametrize(
        ("rhythm", "day"),
        [
            ("every working day", "2026-02-26"),
            ("every day", "2026-02-26"),
            ("Tuesdays", "2026-02-27"),
            ("payday", "2026-03-06"),
        ],
    )
    def test_that_stops_is_told_of_in_good_time(self, rhythm: str, day: str):
        """Last heard on or before Friday 20 February 2026."""
        heard = {one for one in REGULAR[rhythm] if one <= on("2026-02-20")}
        assert live(heard, YEARS) == [("silent", on(day))]

    @given(
        rhythm=st.sampled_from(["every working day", "Tuesdays", "every day"]),
        start=st.integers(on("2024-01-08"), on("2026-06-01")),
        length=st.integers(1, 120),
    )
    def test_with_an_outage_is_told_silent_once_and_back_once(
        self, rhythm: str, start: int, length: int
    ):
        heard = REGULAR[rhythm] - set(range(start, start + length))
        before = max(day for day in heard if day < start)
        after = min(day for day in heard if day >= start)
        found = rhythm_of(kept(sorted(heard), before), SENDING)
        assert found is not None
        missed = SENDING.between(before, after - 1)
        told = live(heard, range(start - 30, start + length + 60))
        if missed < found.patience:
            assert told == []
        else:
            assert [message for message, _ in told] == ["silent", "back"]
            assert told[0][1] <= after
            assert told[1][1] == after + 1


class TestAnyFeed:
    @given(
        st.sets(st.integers(0, 400), min_size=1, max_size=120),
        st.lists(st.integers(0, 600), unique=True, max_size=200),
    )
    def test_is_silent_and_back_by_turns_whenever_anybody_looks(
        self, heard: set[int], looks: list[int]
    ):
        """Also after days on which nobody looked, and never twice of one silence."""
        start = on("2025-01-01")
        told = live({start + day for day in heard}, sorted(start + look for look in looks))
        assert [message for message, _ in told] == [
            ("silent", "back")[n % 2] for n in range(len(told))
        ]
        for (_, silent), (_, back) in zip(told[::2], told[1::2], strict=False):
            assert any(silent <= start + day < back for day in heard)

    @given(st.sets(st.integers(0, 182), max_size=60), st.integers(0, 500))
    def test_that_is_told_silent_stays_so_until_it_is_heard(self, heard: set[int], later: int):
        assume(heard)
        last = max(heard)
        quiet = feed((on("2025-01-01") + day for day in heard), on("2025-01-01") + last + 1)
        today = on("2025-01-01") + last + 1 + later
        assert state_of(quiet, today, SENDING) == "silent"
        assert to_tell(quiet, today, SENDING) is None
        back = replace(quiet, days=(*quiet.days, today))
        assert to_tell(back, today, SENDING) == "back"
        assert state_of(back, today, SENDING) != "silent"

    @pytest.mark.parametrize("count", range(1, 5))
    def test_heard_on_fewer_than_five_days_is_not_judged(self, count: int):
        few = feed(working_days("2026-01-12", "2026-01-16")[:count])
        assert state_of(few, on("2026-12-31"), SENDING) == "not_judged"
        assert to_tell(few, on("2026-12-31"), SENDING) is None

    def test_of_an_uneven_source_gets_more_patience(self):
        even = [on("2026-01-12") + 7 * n for n in range(9)]
        uneven = [on("2026-01-12") + n for n in (0, 1, 2, 14, 15, 18, 30, 31, 32)]
        steady, jumpy = rhythm_of(even, SENDING), rhythm_of(uneven, SENDING)
        assert steady is not None
        assert jumpy is not None
        assert (steady.usual, steady.patience) == (5, 7)
        assert (jumpy.usual, jumpy.patience) == (1, 15)

    def test_forgives_one_outage_and_not_the_next(self):
        """An outage does not teach that outages are usual; a second one does."""
        days = working_days("2025-09-01", "2025-12-19")
        one = [day for day in days if not on("2025-10-06") <= day <= on("2025-10-17")]
        two = [day for day in one if not on("2025-11-10") <= day <= on("2025-11-21")]
        patience = [found.patience for found in map(_rhythm, (days, one, two)) if found]
        assert patience == [3, 3, 21]


class TestClosure:
    def test_of_every_unit_is_no_silence(self):
        closed = (on("2026-07-06"), on("2026-08-02"))
        heard = {
            day
            for day in working_days("2026-01-07", "2026-10-30")
            if not closed[0] <= day <= closed[1]
        }
        looks = range(on("2026-02-01"), on("2026-10-30"))
        sending = SendingDays(Workdays(SWEDISH.holidays, (closed,)))
        assert live(heard, looks, sending) == []
        assert [message for message, _ in live(heard, looks)] == ["silent", "back"]


class TestSendingDay:
    @pytest.mark.parametrize(
        ("day", "is_one"),
        [
            ("2026-12-23", True),
            ("2026-12-28", False),
            ("2027-01-05", False),
            ("2027-01-07", True),
            ("2026-05-15", False),  # between Ascension Day and a Saturday
            ("2026-06-05", True),  # the day before the national day, a Saturday
            ("2026-06-22", True),
            ("2026-06-19", False),  # Midsummer Eve
            ("2026-04-06", False),  # Easter Monday
            ("2026-04-02", True),
        ],
    )
    def test_is_a_working_day_on_which_people_are_there(self, day: str, is_one: bool):
        assert SENDING.is_one(on(day)) is is_one


def _rhythm(days: list[int]):
    return rhythm_of(days, SENDING)
