"""When a step should be done, against an oracle that walks the calendar day by day."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.absences.holidays import swedish_holidays
from app.absences.workdays import Workdays
from app.referrals.deadlines import (
    STEP_OF,
    Allowed,
    Entered,
    Standing,
    follow_up_days,
    shown_deadline,
    step_deadline,
)

USUAL = Allowed(accept_days=3, talk_days=10, three_party_days=15, plan_days=5)
BEGIN = date(2026, 1, 1)
JULY = (date(2026, 7, 6).toordinal(), date(2026, 8, 2).toordinal())
SWEDISH = Workdays(swedish_holidays())

Closed = tuple[date, date | None]


class Calendar:
    """The oracle: real dates, weekdays by name, closures asked about one at a time."""

    def __init__(self, holidays: set[date], closures: Sequence[Closed]) -> None:
        self._holidays = holidays
        self._closures = closures

    @property
    def days(self) -> Workdays:
        """The same as the service has it."""
        return Workdays(
            frozenset(day.toordinal() for day in self._holidays),
            tuple((a.toordinal(), b.toordinal() if b else None) for a, b in self._closures),
        )

    def works(self, day: date) -> bool:
        if day.strftime("%w") in "06" or day in self._holidays:
            return False
        closed = [1 for a, b in self._closures if day >= a and (b is None or day <= b)]
        return not closed

    def days_on(self, day: date, count: int) -> date:
        """The day on which so many working days have passed after that day."""
        passed = 0
        while passed < count:
            day += timedelta(days=1)
            passed += 1 if self.works(day) else 0
        return day


DAYS = st.dates(BEGIN, date(2027, 12, 31))


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    """Holidays and closures as they may come: overlapping, touching, on weekends."""
    holidays = draw(st.sets(DAYS, max_size=30))
    begins = draw(st.lists(DAYS, max_size=4))
    closures = [(day, day + timedelta(days=draw(st.integers(0, 45)))) for day in begins]
    return Calendar(holidays, closures)


COUNTS = st.integers(1, 40)
PERMITTED = st.builds(Allowed, COUNTS, COUNTS, COUNTS, COUNTS)


def standing(*entered: tuple[str, date], **more: object) -> Standing:
    """A referral that went into those states on those days."""
    return Standing([Entered(s, day.toordinal()) for s, day in entered], **more)  # type: ignore[arg-type]


class TestStep:
    @pytest.mark.parametrize(
        ("state", "step"),
        [
            ("requested", "accept"),
            ("accepted", "talk"),
            ("booked", "talk"),
            ("talk_held", "three_party"),
            ("three_party_held", "plan"),
            ("plan_adopted", "follow_up"),
        ],
    )
    def test_of_a_state_is_what_comes_next(self, state: str, step: str):
        assert STEP_OF[state] == step

    @pytest.mark.parametrize("state", ["closed", "declined", "declined_by_employee", "withdrawn"])
    def test_of_what_is_over_has_no_deadline(self, state: str):
        assert state not in STEP_OF
        over = standing(("requested", BEGIN), (state, BEGIN))
        assert step_deadline(over, USUAL, SWEDISH) is None
        assert shown_deadline(over, USUAL, SWEDISH) is None

    @given(calendars(), DAYS, PERMITTED)
    def test_ends_when_so_many_working_days_have_passed(
        self, calendar: Calendar, day: date, allowed: Allowed
    ):
        """Each of the four steps, entered on that day after other days."""
        long_ago = BEGIN - timedelta(days=100)
        before = [("requested", long_ago), ("accepted", long_ago), ("booked", long_ago)]
        cases = {
            "requested": (standing(("requested", day)), allowed.accept_days),
            "accepted": (standing(before[0], ("accepted", day)), allowed.talk_days),
            "talk_held": (
                standing(*before, ("talk_held", day), recommend_three_party=True),
                allowed.three_party_days,
            ),
            "three_party_held": (
                standing(*before, ("talk_held", long_ago), ("three_party_held", day)),
                allowed.plan_days,
            ),
        }
        for state, (one, count) in cases.items():
            due = step_deadline(one, allowed, calendar.days)
            assert due == calendar.days_on(day, count).toordinal(), state

    @given(calendars(), DAYS, st.integers(0, 30), PERMITTED)
    def test_of_a_talk_runs_from_the_acceptance_however_it_is_booked(
        self, calendar: Calendar, accepted: date, later: int, allowed: Allowed
    ):
        booked = accepted + timedelta(days=later)
        again = standing(("accepted", accepted), ("booked", booked), ("booked", booked))
        due = step_deadline(again, allowed, calendar.days)
        assert due == calendar.days_on(accepted, allowed.talk_days).toordinal()

    @given(calendars(), DAYS, st.integers(0, 30), PERMITTED)
    def test_of_a_talk_begins_anew_when_nobody_came(
        self, calendar: Calendar, accepted: date, later: int, allowed: Allowed
    ):
        nobody_came = accepted + timedelta(days=later)
        missed = [("accepted", accepted), ("booked", accepted), ("accepted", nobody_came)]
        expected = calendar.days_on(nobody_came, allowed.talk_days).toordinal()
        for entered in (missed, [*missed, ("booked", nobody_came)]):
            assert step_deadline(standing(*entered), allowed, calendar.days) == expected

    def test_after_a_talk_that_led_no_further_expects_nothing(self):
        for said in (None, False):
            held = standing(("booked", BEGIN), ("talk_held", BEGIN), recommend_three_party=said)
            assert step_deadline(held, USUAL, SWEDISH) is None

    def test_begins_anew_with_another_provider(self):
        asked_again = standing(
            ("requested", date(2026, 3, 2)),
            ("accepted", date(2026, 3, 3)),
            ("requested", date(2026, 3, 16)),
        )
        due = step_deadline(asked_again, USUAL, SWEDISH)
        assert due == date(2026, 3, 19).toordinal()

    @given(calendars(), DAYS, DAYS)
    def test_of_a_follow_up_is_its_day_or_the_first_working_day_after(
        self, calendar: Calendar, adopted: date, follow_up: date
    ):
        plan = standing(("plan_adopted", adopted), follow_up=follow_up.toordinal())
        expected = follow_up if calendar.works(follow_up) else calendar.days_on(follow_up, 1)
        assert step_deadline(plan, USUAL, calendar.days) == expected.toordinal()

    def test_of_a_plan_without_a_follow_up_to_come_is_nothing(self):
        assert step_deadline(standing(("plan_adopted", BEGIN)), USUAL, SWEDISH) is None


class TestInSweden:
    """Real dates, counted by hand."""

    @pytest.mark.parametrize(
        ("requested", "due"),
        [
            ("2026-03-02", "2026-03-05"),
            ("2026-03-06", "2026-03-11"),
            ("2026-03-07", "2026-03-11"),
            ("2026-04-01", "2026-04-08"),
            ("2026-04-29", "2026-05-05"),
            ("2026-06-18", "2026-06-24"),
            ("2026-12-22", "2026-12-29"),
            ("2026-12-30", "2027-01-07"),
        ],
        ids=[
            "a week without holidays",
            "over a weekend",
            "on a Saturday",
            "over Easter",
            "over the first of May",
            "over midsummer eve",
            "over Christmas",
            "over new year and epiphany",
        ],
    )
    def test_three_working_days_skip_the_eves_too(self, requested: str, due: str):
        one = standing(("requested", date.fromisoformat(requested)))
        assert step_deadline(one, USUAL, SWEDISH) == date.fromisoformat(due).toordinal()

    def test_july_stands_still_where_the_unit_is_closed(self):
        accepted = standing(("accepted", date(2026, 7, 1)))
        open_all_summer = step_deadline(accepted, USUAL, SWEDISH)
        closed = step_deadline(accepted, USUAL, Workdays(swedish_holidays(), (JULY,)))
        assert open_all_summer == date(2026, 7, 15).toordinal()
        assert closed == date(2026, 8, 12).toordinal()


class TestShown:
    """To the employer without consent the hidden steps have one deadline together."""

    @given(calendars(), DAYS, PERMITTED, st.data())
    def test_follows_from_the_day_of_acceptance_and_from_nothing_else(
        self, calendar: Calendar, accepted: date, allowed: Allowed, data: st.DataObject
    ):
        talk = calendar.days_on(accepted, allowed.talk_days)
        expected = calendar.days_on(talk, allowed.three_party_days).toordinal()
        entered, day = [("requested", accepted), ("accepted", accepted)], accepted
        assert shown_deadline(standing(*entered), allowed, calendar.days) == expected
        for _ in range(data.draw(st.integers(1, 10))):
            day += timedelta(days=data.draw(st.integers(0, 20)))
            entered.append((data.draw(st.sampled_from(NEXT[entered[-1][0]])), day))
            said = data.draw(st.sampled_from([None, True, False]))
            one = standing(*entered, recommend_three_party=said)
            assert shown_deadline(one, allowed, calendar.days) == expected, entered

    @given(DAYS, DAYS)
    def test_forgets_the_provider_before(self, one: date, other: date):
        """Another provider was asked: what counts is its own acceptance."""
        entered = [("requested", one), ("accepted", one), ("booked", one), ("requested", other)]
        asked = standing(*entered)
        assert shown_deadline(asked, USUAL, SWEDISH) == step_deadline(asked, USUAL, SWEDISH)
        again = [*entered, ("accepted", other), ("booked", other)]
        alone = standing(("requested", other), ("accepted", other))
        assert shown_deadline(standing(*again), USUAL, SWEDISH) == shown_deadline(
            alone, USUAL, SWEDISH
        )

    @given(calendars(), DAYS, PERMITTED)
    def test_is_the_steps_own_where_nothing_is_hidden(
        self, calendar: Calendar, day: date, allowed: Allowed
    ):
        for state in ("requested", "three_party_held", "plan_adopted"):
            one = standing(("talk_held", day), (state, day), follow_up=day.toordinal())
            step = step_deadline(one, allowed, calendar.days)
            assert step is not None
            assert shown_deadline(one, allowed, calendar.days) == step

    @given(DAYS)
    def test_is_never_before_the_steps_own(self, accepted: date):
        one = standing(("accepted", accepted))
        shown, step = shown_deadline(one, USUAL, SWEDISH), step_deadline(one, USUAL, SWEDISH)
        assert shown is not None
        assert step is not None
        assert shown > step


NEXT = {
    "accepted": ["booked"],
    "booked": ["booked", "accepted", "talk_held"],
    "talk_held": ["talk_held"],
}
"""Every way between acceptance and the three-party talk."""


class TestFollowUps:
    @pytest.mark.parametrize(
        ("adopted", "months", "days"),
        [
            ("2026-03-20", [1, 3, 6], ["2026-04-20", "2026-06-20", "2026-09-20"]),
            ("2026-01-31", [1, 3], ["2026-02-28", "2026-04-30"]),
            ("2027-08-31", [6], ["2028-02-29"]),
            ("2026-11-30", [3, 1, 3], ["2026-12-30", "2027-02-28"]),
            ("2026-03-20", [24], ["2028-03-20"]),
        ],
    )
    def test_come_so_many_months_after_the_plan(
        self, adopted: str, months: list[int], days: list[str]
    ):
        found = follow_up_days(date.fromisoformat(adopted), months)
        assert found == [date.fromisoformat(day) for day in days]

    @given(DAYS, st.lists(st.integers(1, 24), min_size=1, max_size=12))
    def test_keep_the_day_of_the_month_or_take_its_last(self, adopted: date, months: list[int]):
        found = follow_up_days(adopted, months)
        assert found == sorted(found)
        assert len(found) == len(set(months))
        for count, day in zip(sorted(set(months)), found, strict=True):
            assert (day.year - adopted.year) * 12 + day.month - adopted.month == count
            assert day.day == adopted.day or (
                day.day < adopted.day and (day + timedelta(days=1)).day == 1
            )
