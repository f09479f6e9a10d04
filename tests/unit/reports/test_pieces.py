"""The small parts of reports: months, journeys, sick leave, comparable colleagues, forms."""

import csv
import io
import re
from datetime import date, timedelta
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from app.absences.days import Run
from app.absences.fold import Absence
from app.absences.history import History
from app.absences.policy import Policy
from app.reports.comparison import expected_after
from app.reports.drawn import draw_outcomes
from app.reports.journeys import (
    PAIRS,
    STEPS,
    WORK_STATUSES,
    Flag,
    Move,
    Referral,
    Said,
    journey,
    latest_status,
)
from app.reports.months import as_text, first_day, last_day, last_whole_month, month_of
from app.reports.outcomes import BREAKDOWNS
from app.reports.schemas import StepOut
from app.reports.sheet import outcomes_csv
from app.reports.sick_leave import (
    Year,
    Years,
    employed_throughout,
    extent_on,
    year_between,
    years_around,
)
from app.reports.svg import Bar, Panel, drawing
from app.reports.words import WORDS, word

DAYS = st.dates(date(1990, 1, 1), date(2100, 12, 31))


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


class TestMonths:
    @given(DAYS)
    def test_hold_their_days_and_no_others(self, some: date):
        month = month_of(some)
        assert first_day(month) <= some <= last_day(month)
        assert first_day(month).day == 1
        assert last_day(month) + timedelta(days=1) == first_day(month + 1)
        assert as_text(month) == some.isoformat()[:7]

    def test_are_over_from_the_first_of_the_next_one_on(self):
        assert as_text(last_whole_month(date(2026, 2, 28))) == "2026-01"
        assert as_text(last_whole_month(date(2026, 3, 1))) == "2026-02"
        assert as_text(last_whole_month(date(2026, 1, 31))) == "2025-12"


class TestJourney:
    def test_without_a_referral_goes_nowhere(self):
        assert journey([], []).furthest == 0
        assert journey([], []).origin == "neither"
        assert journey([], [Flag(1, None)]).origin == "flagged"

    @pytest.mark.parametrize(
        ("moves", "furthest", "closed"),
        [
            (["requested"], 1, False),
            (["requested", "accepted"], 2, False),
            (["requested", "accepted", "booked"], 2, False),
            (["requested", "accepted", "booked", "accepted", "booked", "talk_held"], 3, False),
            (["requested", "accepted", "booked", "talk_held", "requested"], 3, False),
            (["requested", "withdrawn"], 1, False),
            (["requested", "closed"], 1, True),
            (["requested", "accepted", "booked", "talk_held", "three_party_held"], 4, False),
            (["requested", "accepted", "booked", *STEPS[2:], "closed"], 5, True),
        ],
    )
    def test_is_as_long_as_its_furthest_step(self, moves: Any, furthest: int, closed: bool):
        way = journey([Referral("r", [Move(state, n) for n, state in enumerate(moves)])], [])
        assert (way.furthest, way.closed, way.origin) == (furthest, closed, "referred")

    def test_takes_the_furthest_of_several_referrals(self):
        first = Referral("a", [Move("requested", 1), Move("accepted", 3), Move("declined", 4)])
        second = Referral("b", [Move("requested", 20), Move("closed", 21)])
        way = journey([first, second], [Flag(0, "b"), Flag(2, None)])
        assert (way.furthest, way.closed, way.origin) == (2, True, "released")
        assert way.days == {("requested", "accepted"): 2, ("flagged", "requested"): 20}

    def test_counts_from_the_first_time_a_step_was_reached(self):
        moves = [("requested", 1), ("accepted", 3), ("requested", 5), ("accepted", 9)]
        moves += [("booked", 9), ("talk_held", 11)]
        way = journey([Referral("a", [Move(*move) for move in moves])], [])
        assert way.days[("requested", "accepted")] == 2
        assert way.days[("accepted", "talk_held")] == 8
        assert way.days[("requested", "talk_held")] == 10

    def test_has_no_days_to_a_referral_from_a_flag_that_joined_it_later(self):
        way = journey([Referral("a", [Move("requested", 1)])], [Flag(7, "a")])
        assert way.origin == "released"
        assert way.days == {}


def moves(*states: str, own: bool = False) -> list[Move]:
    """Those moves, by the provider unless the employer recorded them or they are its own."""
    employers = {"requested", "three_party_held", "declined_by_employee"}
    return [Move(s, n, not own and s not in employers) for n, s in enumerate(states)]


class TestSecret:
    """Of whom the employer does not know whether they came to a talk."""

    HELD = ("requested", "accepted", "booked", "talk_held")

    @pytest.mark.parametrize(
        ("referral", "secret", "undated"),
        [
            (Referral("r", moves("requested")), False, False),
            (Referral("r", moves("requested", "declined")), False, False),
            (Referral("r", moves("requested", "declined_by_employee")), False, False),
            (Referral("r", moves("requested", "accepted")), True, False),
            (Referral("r", moves("requested", "accepted", "declined_by_employee")), True, False),
            (Referral("r", moves(*HELD)), True, True),
            (Referral("r", moves(*HELD), consented=True), False, False),
            (Referral("r", moves(*HELD, own=True)), False, False),
            (Referral("r", moves(*HELD, "three_party_held")), False, True),
            # Consent is to feedback from the provider that the referral is with now.
            (Referral("r", moves(*HELD, "requested", "accepted"), consented=True), True, True),
            (Referral("r", moves("requested", "accepted", *HELD), consented=True), False, False),
            (Referral("r", moves(*HELD, "requested", "accepted")), True, True),
        ],
    )
    def test_is_who_neither_consented_nor_met_the_employer(
        self, referral: Referral, secret: bool, undated: bool
    ):
        way = journey([referral], [])
        assert (way.secret, way.undated) == (secret, undated)

    def test_is_none_whose_other_talk_is_known(self):
        known = Referral("a", moves(*self.HELD), consented=True)
        assert not journey([known, Referral("b", moves("requested", "accepted"))], []).secret


class TestWorkStatus:
    def test_is_the_latest_and_of_one_day_the_weightiest(self):
        said = [Said(5, 1, "back_in_work"), Said(4, 3, "other_work"), Said(5, 2, "left_employment")]
        assert latest_status(said, employed=True) == "left_employment"

    def test_without_a_word_is_unknown_until_the_employment_is_over(self):
        assert latest_status([], employed=True) == "unknown"
        assert latest_status([], employed=False) == "left_employment"


class TestSickLeave:
    RUNS = (Run(10, 12, 100), Run(13, 20, 50), Run(30, 30, 75))

    @pytest.mark.parametrize(
        ("on", "extent"),
        [(9, "none"), (10, "full_time"), (12, "full_time"), (13, "part_time"), (21, "none")],
    )
    def test_of_a_day_is_full_time_at_a_hundred_percent(self, on: int, extent: str):
        assert extent_on(self.RUNS, on) == extent

    def test_years_meet_at_the_day_of_entry(self):
        before, after = years_around(day("2025-02-10"))
        assert before == (day("2024-02-11"), day("2025-02-10"))
        assert after == (day("2025-02-11"), day("2026-02-10"))
        assert years_around(day("2024-02-29"))[1][1] == day("2025-02-28")

    def test_counts_episodes_that_begin_in_a_year_and_days_that_lie_in_it(self):
        absences = [
            Absence(date(2024, 12, 30), date(2025, 1, 2)),
            Absence(date(2025, 6, 2), date(2025, 6, 3)),
            Absence(date(2025, 12, 31), None),
        ]
        history = History(absences, Policy(), (), as_of=day("2026-01-05"))
        assert year_between(history, day("2025-01-01"), day("2025-12-31")) == Year(2, 5)

    def test_knows_who_was_employed_all_along(self):
        assert employed_throughout((), 1, 9)
        assert employed_throughout(((1, 4), (5, None)), 1, 9)
        assert not employed_throughout(((1, 4), (6, None)), 1, 9)
        assert not employed_throughout(((1, 8),), 1, 9)


def colleague(*first_days: str, last: str = "2026-02-28") -> tuple[History, tuple[()]]:
    absences = [Absence(date.fromisoformat(d), date.fromisoformat(d)) for d in first_days]
    return History(absences, Policy(), (), as_of=day(last)), ()


class TestExpected:
    ENTERED = ((month_of(date(2025, 2, 10)), Years(Year(2, 2), Year(0, 0))),)

    def test_is_the_mean_year_after_of_ten_with_as_many_episodes(self):
        once = [colleague("2024-05-06", "2024-09-02", "2025-03-03")] * 5
        never = [colleague("2024-05-06", "2025-01-31")] * 5
        other = [colleague("2024-05-06", "2025-02-03", "2025-04-01", "2025-05-05")] * 20
        assert expected_after([*once, *never, *other], self.ENTERED) == {2: (0.5, 0.5)}

    def test_is_not_there_for_nine(self):
        assert expected_after([colleague("2024-05-06", "2024-09-02")] * 9, self.ENTERED) == {}

    def test_counts_people_once_however_many_months_are_looked_at(self):
        months = [month_of(date(2025, month, 1)) for month in (1, 2)]
        entered = [(month, Years(Year(1, 1), Year(0, 0))) for month in months]
        always = [colleague("2024-05-06", "2025-05-05")]
        assert expected_after(always * 9, entered) == {}
        assert expected_after(always * 10, entered) == {1: (1.0, 1.0)}

    def test_leaves_out_who_was_not_employed_all_along(self):
        history, _ = colleague("2024-05-06", "2024-09-02")
        came = (history, ((day("2024-02-02"), None),))
        assert expected_after([came] * 20, self.ENTERED) == {}


class TestWords:
    def test_are_there_for_whatever_may_be_drawn(self):
        groups = {g for levels in BREAKDOWNS.values() for level in levels for g in level.groups}
        steps = get_args(StepOut.model_fields["step"].annotation)
        assert groups | {*steps, *BREAKDOWNS, *WORK_STATUSES} <= WORDS.keys()
        assert {len(words) for words in WORDS.values()} == {2}
        assert word("full_time", "sv") == "Heltid"
        assert word("full_time", "en") == "Full-time"

    def test_pairs_lead_from_step_to_step(self):
        assert {then for _, then in PAIRS} == {*STEPS, "closed"}


class TestDrawing:
    NASTY = "<script>alert('&\"')</script>\ufffe\x00"

    def test_is_well_formed_and_carries_out_nothing(self):
        bars = [Bar(self.NASTY, 0.5, self.NASTY), Bar("x" * 80, None, self.NASTY)]
        text = drawing(self.NASTY, self.NASTY, [Panel(self.NASTY, bars)], self.NASTY)
        root = etree.fromstring(text.encode())
        names = {etree.QName(node).localname for node in root.iter()}
        assert names == {"svg", "title", "desc", "rect", "text"}
        assert not re.search(r"\s(style|href|on\w+)=", text)
        assert any("<script>" in (node.text or "") for node in root.iter("{*}text"))

    @pytest.mark.parametrize(("share", "width"), [(0.0, 0.0), (0.5, 180.0), (1.0, 360.0), (7, 360)])
    def test_has_bars_as_long_as_their_shares(self, share: float, width: float):
        root = etree.fromstring(drawing("", "", [Panel("", [Bar("a", share, "a")])], "").encode())
        assert float(list(root.iter("{*}rect"))[-1].get("width", "")) == width

    def test_is_as_tall_as_it_needs_to_be(self):
        root = etree.fromstring(
            drawing("", "", [Panel("", [Bar("a", 1, "a")] * 300)], "the end").encode()
        )
        lowest = max(float(node.get("y", "")) for node in root.iter("{*}text"))
        assert lowest < float(root.get("height", "")) < lowest + 60


EMPTY: dict[str, Any] = {
    "period": {"from": date(2025, 1, 1), "to": date(2025, 12, 31), "because": []},
    "as_of": date(2026, 2, 28),
    "unit": "@unit",
    "participants": None,
    "sick_leave_at_start": None,
    "sick_leave_now": None,
    "work_status": None,
    "fully_back": None,
    "by_sex": None,
    "funnel": [],
    "alignment_held": None,
    "days_between": [],
    "absence": None,
    "suppressed": [{"part": "participants", "code": "fewer_than_ten", "shown": "nothing"}],
}


class TestSuppressed:
    """A report with nothing in it is still a table and a drawing, and says so."""

    def test_is_said_in_a_spreadsheet(self):
        text = outcomes_csv(EMPTY, "en").decode()
        rows = list(csv.DictReader(io.StringIO(text)))
        assert {"part": "participants", "value": ""}.items() <= rows[4].items()
        assert rows[-1]["suppressed"] == "fewer_than_ten nothing"
        assert "'@unit" in text

    def test_is_said_in_a_drawing(self):
        for language, said in (("sv", "färre än tio"), ("en", "fewer than ten")):
            assert said in draw_outcomes(EMPTY, language)
