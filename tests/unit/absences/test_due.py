"""When to look again: held against a look at every single day that follows."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.absences.due import next_look
from app.absences.fold import Absence
from app.absences.history import History
from app.absences.policy import Period, Policy, employed_on

TODAY = date(2026, 3, 2)
NOW = TODAY.toordinal()
HORIZON = 70
quickly = settings(max_examples=400, deadline=None, derandomize=True, database=None)

days = st.integers(-40, 40).map(lambda n: TODAY + timedelta(days=n))
ordinals = days.map(date.toordinal)
absences = st.builds(
    Absence,
    st.none() | days,
    st.none() | days,
    st.sampled_from(["sickness", "sickness", "work_injury", "other"]),
    cancelled=st.sampled_from([False, False, False, True]),
)
periods: st.SearchStrategy[Period] = st.tuples(ordinals, st.none() | ordinals)


def brings_a_sick_day(absence: Absence, day: int) -> bool:
    if absence.cancelled or absence.first_day is None or absence.empty:
        return False
    last = absence.last_day
    begun = absence.first_day.toordinal() <= day
    return begun and (last is None or last.toordinal() >= day)


class TestNextLook:
    @quickly
    @given(
        st.lists(absences, max_size=4),
        st.lists(periods, max_size=2),
        st.lists(st.none() | ordinals, max_size=3),
    )
    def test_is_the_first_day_on_which_something_begins_or_is_over(
        self, said: list[Absence], employment: list[Period], pause_ends: list[int | None]
    ):
        ends = {last for _, last in employment} | set(pause_ends)
        expected = next(
            (
                day
                for day in range(NOW + 1, NOW + HORIZON)
                if any(brings_a_sick_day(absence, day) for absence in said) or day - 1 in ends
            ),
            None,
        )
        assert next_look(said, employment, pause_ends, today=NOW) == expected

    @quickly
    @given(st.lists(absences, max_size=4), st.lists(periods, max_size=2))
    def test_leaves_out_no_day_on_which_rules_could_see_something_new(
        self, said: list[Absence], employment: list[Period]
    ):
        policy = Policy(counted_kinds=frozenset({"sickness", "work_injury"}))
        look = next_look(said, employment, [], today=NOW) or NOW + HORIZON
        known = History(said, policy, employment, as_of=NOW).sick
        for day in range(NOW + 1, look):
            assert History(said, policy, employment, as_of=day).sick == known
            assert employed_on(employment, day) == employed_on(employment, NOW)

    def test_is_tomorrow_while_an_absence_goes_on(self):
        assert next_look([Absence(TODAY)], [], [], today=NOW) == NOW + 1

    def test_is_never_when_all_is_over(self):
        said = [
            Absence(TODAY - timedelta(days=5), TODAY),
            Absence(TODAY, TODAY - timedelta(days=1)),
            Absence(None, TODAY + timedelta(days=9)),
            Absence(TODAY, cancelled=True),
        ]
        assert (
            next_look(said, [(NOW - 900, None), (NOW - 999, NOW - 950)], [None], today=NOW) is None
        )

    def test_is_the_day_after_the_last_of_an_employment_or_a_pause(self):
        assert next_look([], [(NOW - 9, NOW)], [], today=NOW) == NOW + 1
        assert next_look([], [(NOW - 9, NOW + 5)], [NOW + 3], today=NOW) == NOW + 4
        assert next_look([], [(NOW - 9, NOW - 1)], [NOW - 1], today=NOW) is None

    def test_is_the_first_day_of_what_was_reported_ahead(self):
        ahead = Absence(TODAY + timedelta(days=12), TODAY + timedelta(days=12))
        assert next_look([ahead], [], [], today=NOW) == NOW + 12
