"""Days set aside: every day that was reported counts, or has one reason why it does not."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.absences.aside import Aside, set_aside
from app.absences.days import Part
from app.absences.fold import Absence
from app.absences.history import History
from app.absences.policy import Policy

BEGIN = date(2026, 1, 1)
ZERO = BEGIN.toordinal()
quickly = settings(max_examples=150, deadline=None, derandomize=True, database=None)

absences = st.builds(
    lambda first, length, extent, kind, cancelled: Absence(
        BEGIN + timedelta(days=first),
        None if length is None else BEGIN + timedelta(days=first + length),
        kind=kind,
        extent=extent,
        cancelled=cancelled,
    ),
    st.integers(0, 40),
    st.sampled_from([0, 0, 1, 3, 10, -1, None]),
    st.sampled_from([100, 100, 50]),
    st.sampled_from(["sickness", "sickness", "sickness", "other", "work_injury"]),
    st.sampled_from([False, False, False, True]),
)
policies = st.builds(
    Policy,
    min_extent=st.sampled_from([1, 100]),
    exclusion_windows=st.sampled_from([(), ((ZERO + 10, ZERO + 20),)]),
)
periods = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from([-1, 0, 5, 30, None])).map(
        lambda p: (ZERO + p[0], None if p[1] is None else ZERO + p[0] + p[1])
    ),
    max_size=2,
)
DAYS = st.integers(ZERO, ZERO + 60)


def shown(said: list[Absence], policy: Policy, employment: list, on: str) -> list[Aside]:
    history = History(said, policy, employment, as_of=date.fromisoformat(on).toordinal())
    return set_aside([Part(said, employment)], history)


def days(found: list[Aside]) -> list[int]:
    return [day for one in found for day in range(one.first, one.last + 1)]


class TestSetAside:
    @quickly
    @given(st.lists(absences, max_size=5), policies, periods, DAYS)
    def test_has_every_reported_day_that_does_not_count_once(
        self, said: list[Absence], policy: Policy, employment: list, day: int
    ):
        history = History(said, policy, employment, as_of=day)
        found = days(set_aside([Part(said, employment)], history))
        reported = set()
        for absence in said:
            assert absence.first_day is not None
            first = absence.first_day.toordinal()
            open_end = first if absence.cancelled else day
            last = absence.last_day.toordinal() if absence.last_day else open_end
            reported |= set(range(first, min(last, day) + 1))
        assert sorted(found) == sorted(reported - set(history.counted))
        assert found == sorted(found)

    @quickly
    @given(st.lists(absences, max_size=5), policies, periods, DAYS)
    def test_gives_a_reason_that_is_true(
        self, said: list[Absence], policy: Policy, employment: list, day: int
    ):
        history = History(said, policy, employment, as_of=day)
        for one in set_aside([Part(said, employment)], history):
            for on in range(one.first, one.last + 1):
                covering = [a for a in said if a.first_day and a.first_day.toordinal() <= on]
                sick = on in history.sick
                assert sick is (one.reason in ("exclusion_window", "extent_below_min"))
                match one.reason:
                    case "exclusion_window":
                        assert policy.is_excluded(on)
                    case "extent_below_min":
                        assert policy.min_extent > 1
                        assert not policy.is_excluded(on)
                    case "outside_employment":
                        assert not any(
                            first <= on and (last is None or on <= last)
                            for first, last in employment
                        )
                    case "other_kind":
                        assert any(a.kind != "sickness" for a in covering)
                    case "cancelled":
                        assert any(a.cancelled for a in covering)

    def test_is_this_for_a_worked_example(self):
        policy = Policy(min_extent=50, exclusion_windows=((ZERO + 30, ZERO + 35),))
        employment = [(ZERO + 5, None)]
        said = [
            Absence(date(2026, 1, 4), date(2026, 1, 7)),
            Absence(date(2026, 1, 12), date(2026, 1, 14), extent=25),
            Absence(date(2026, 1, 20), date(2026, 1, 21), kind="other"),
            Absence(date(2026, 1, 26), None, cancelled=True),
            Absence(date(2026, 1, 30), date(2026, 2, 1)),
        ]
        assert [
            (date.fromordinal(one.first).isoformat(), one.last - one.first + 1, one.reason)
            for one in shown(said, policy, employment, "2026-03-01")
        ] == [
            ("2026-01-04", 2, "outside_employment"),
            ("2026-01-12", 3, "extent_below_min"),
            ("2026-01-20", 2, "other_kind"),
            ("2026-01-26", 1, "cancelled"),
            ("2026-01-31", 2, "exclusion_window"),
        ]

    def test_leaves_out_what_counts_by_another_absence(self):
        said = [
            Absence(date(2026, 1, 12), date(2026, 1, 14), cancelled=True),
            Absence(date(2026, 1, 12), date(2026, 1, 13)),
        ]
        [one] = shown(said, Policy(), [], "2026-03-01")
        assert (date.fromordinal(one.first), one.reason) == (date(2026, 1, 14), "cancelled")
