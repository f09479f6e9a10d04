"""What is counted of a unit, against counting day by day."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.absences.fold import Absence
from app.absences.history import History
from app.absences.policy import Period, Policy
from app.reports.months import as_text, month_of
from app.signals.tally import (
    DELAY_DAYS,
    Begun,
    Person,
    due_month,
    episodes_begun,
    known_from,
    tallies,
)

MARCH = month_of(date(2026, 3, 1))


def on(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def person(*begun: str, unit: str | None = "north", since: str | None = "2020-01-01") -> Person:
    """Employed since a day, with one-day episodes."""
    employment = None if since is None else [(on(since), None)]
    return Person(unit, employment, [Begun(on(day), None) for day in sorted(begun)])


class TestDueMonth:
    @pytest.mark.parametrize(
        ("today", "month"),
        [
            ("2026-04-20", "2026-02"),
            ("2026-04-21", "2026-03"),
            ("2026-05-20", "2026-03"),
            ("2026-05-21", "2026-04"),
            ("2026-03-20", "2026-01"),
            ("2026-03-21", "2026-02"),
            ("2026-01-20", "2025-11"),
        ],
    )
    def test_is_the_one_that_ended_twenty_days_ago(self, today: str, month: str):
        assert as_text(due_month(date.fromisoformat(today))) == month

    @given(st.dates(date(2000, 1, 1), date(2090, 1, 1)))
    def test_is_judged_as_of_a_day_that_has_come(self, today: date):
        following = date((due_month(today) + 1) // 12, (due_month(today) + 1) % 12 + 1, 1)
        assert following + timedelta(days=DELAY_DAYS) <= today


class TestEpisodes:
    @given(st.sets(st.integers(0, 120)), st.integers(1, 20), st.integers(0, 130))
    def test_are_short_as_the_semantics_say_it(self, days: set[int], longest: int, at: int):
        """Of any day on which an episode has begun (semantics 5)."""
        start = on("2026-01-01")
        absences = [
            Absence(date.fromordinal(start + d), date.fromordinal(start + d), "sickness", 100)
            for d in days
        ]
        history = History(absences, Policy(short_max_days=longest), (), as_of=start + 130)
        found = episodes_begun(history)
        assert [b.first for b in found] == history.episodes.firsts
        for group, begun in enumerate(found):
            if begun.first <= start + at:
                assert begun.is_short_on(start + at) == history.episodes.is_short_on(
                    group, start + at
                )


def naive(people: Sequence[Person], policy: Policy, first: str, last: str) -> tuple[int, int, int]:
    """Episodes, days and people ill, one day after the other."""
    days = episodes = 0
    ill = set()
    for day in range(on(first), on(last) + 1):
        for number, one in enumerate(people):
            employed = one.employment is not None and any(
                begin <= day and (end is None or day <= end) for begin, end in one.employment
            )
            if not employed or policy.is_excluded(day):
                continue
            days += 1
            for begun in one.begun:
                if begun.first == day and begun.is_short_on(on(last) + DELAY_DAYS):
                    episodes += 1
                    ill.add(number)
    return episodes, days, len(ill)


DAY = st.integers(on("2025-10-01"), on("2026-05-01"))
PERIOD = st.tuples(DAY, st.none() | DAY)


@st.composite
def somebody(draw: Any, policy: Policy) -> Person:
    employment: list[Period] = []
    for first, last in sorted(draw(st.lists(PERIOD, max_size=3)), key=lambda p: p[0]):
        if employment and (employment[-1][1] is None or employment[-1][1] >= first):
            break
        if last is None or last >= first:
            employment.append((first, last))
    inside = [
        Begun(day, draw(st.none() | st.integers(day + 1, day + 60)))
        for day in sorted(draw(st.sets(DAY, max_size=6)))
        if any(f <= day and (last is None or day <= last) for f, last in employment)
        and not policy.is_excluded(day)
    ]
    known = draw(st.sampled_from([True, True, True, False]))
    return Person("north", employment if known else None, inside)


EXCLUDED = Policy(exclusion_windows=((on("2026-02-10"), on("2026-02-20")),))


class TestWindow:
    @given(st.data(), st.sampled_from([Policy(), EXCLUDED]))
    def test_counts_what_counting_day_by_day_does(self, data: st.DataObject, policy: Policy):
        people = data.draw(st.lists(somebody(policy), min_size=1, max_size=5))
        found = tallies(people, MARCH, policy)["north"].now
        counted = (found.count.episodes, found.count.days, found.ill)
        assert counted == naive(people, policy, "2026-01-01", "2026-03-31")

    def test_is_three_months_and_the_same_of_earlier_years(self):
        often = ["2023-01-05", "2024-01-31", "2024-04-01", "2025-02-03", "2025-12-31"]
        people = [person(*often, "2022-06-01", "2026-01-01", "2026-03-31") for _ in range(10)]
        found = tallies(people, MARCH, Policy())["north"]
        assert (found.now.count.episodes, found.now.count.days) == (20, 900)
        assert found.now.away == (10, 0, 10)
        assert [(w.count.episodes, w.count.days) for w in found.earlier.values()] == [
            (10, 900),
            (10, 910),
            (10, 900),
        ]
        assert found.before.count.episodes == 30

    def test_leaves_out_who_is_not_known_to_be_employed(self):
        people = [person("2026-02-02", since=None), *(person() for _ in range(10))]
        found = tallies(people, MARCH, Policy())["north"]
        assert (found.now.count.episodes, found.now.employed, found.unknown) == (0, (10,) * 3, 1)
        assert (found.now.besides, found.now.away) == (1, (0, 1, 0))

    def test_is_large_with_ten_people_in_every_month(self):
        stay = [person() for _ in range(9)]
        tenth = [
            Person("north", [(on("2020-01-01"), on("2026-01-31"))]),
            Person("north", [(on("2026-02-28"), on("2026-03-01"))]),
        ]
        assert tallies([*stay, *tenth], MARCH, Policy())["north"].now.is_large
        assert not tallies([*stay, tenth[0]], MARCH, Policy())["north"].now.is_large

    def test_of_a_time_left_out_as_a_whole_is_not_large(self):
        policy = Policy(exclusion_windows=((on("2025-12-01"), on("2026-06-01")),))
        people = [person() for _ in range(20)]
        assert not tallies(people, MARCH, policy)["north"].now.is_large

    @pytest.mark.parametrize(
        "windows",
        [
            (("2026-02-01", "2026-02-28"), ("2026-02-10", "2026-02-12")),
            (("2026-02-20", "2026-02-28"), ("2026-02-01", "2026-02-22")),
        ],
    )
    def test_leaves_out_a_day_once(self, windows: Any):
        policy = Policy(exclusion_windows=tuple((on(f), on(last)) for f, last in windows))
        found = tallies([person()], MARCH, policy)["north"].now
        assert (found.count.days, found.employed) == (62, (1, 0, 1))


class TestKnownFrom:
    def test_is_the_month_after_the_tenth_person_was_ill(self):
        people = [person(f"2024-0{1 + n // 3}-1{n}") for n in range(10)]
        assert known_from(people) == on("2024-05-01")
        assert known_from(people[1:]) is None

    def test_takes_nobody_twice_and_no_long_illness(self):
        often = person(*(f"2020-{n:02}-01" for n in range(1, 13)))
        long = [
            Person("north", [(0, None)], [Begun(on("2019-01-01"), on("2019-01-15"))])
            for _ in range(20)
        ]
        late = [person(f"2024-06-{n:02}") for n in range(1, 10)]
        assert known_from([often, *long, *late]) == on("2024-07-01")

    def test_keeps_years_before_reports_came_in_from_being_years_of_health(self):
        """Employed since 2020, heard of since the autumn of 2024: one earlier year, not three."""
        people = [person("2024-10-02", "2025-02-03", "2026-02-02") for _ in range(12)]
        found = tallies(people, MARCH, Policy())["north"]
        assert [w.count.episodes for w in found.earlier.values()] == [12]
        assert found.is_known
        fresh = tallies([person("2026-02-02") for _ in range(12)], MARCH, Policy())["north"]
        assert (fresh.earlier, fresh.is_known) == ({}, False)
