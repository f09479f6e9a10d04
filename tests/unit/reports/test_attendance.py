"""A month's sick leave: figures by hand, and an attacker who reads every row."""

from collections import Counter
from itertools import combinations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.reports.attendance import Worked, attendance
from tests.unit.reports.attacker import Attacker

FEBRUARY = 28


def worked(unit: str | None, sex: str = "female", **more: int) -> Worked:
    return Worked(unit, sex, more.pop("employed_days", FEBRUARY), **more)


def row(report: Any, unit: str | None) -> Any:
    return next(row for row in report["units"] if row["unit"] == unit)


class TestFigures:
    def test_are_sums_and_shares_of_calendar_days(self):
        people = [worked("u", episodes=1, full_days=3)] * 10
        people += [worked("u", part_days=7)] * 10
        people += [worked("u", employed_days=14)] * 10
        total = attendance(people)["total"]
        assert total["employed"] == 30
        assert total["employed_days"] == 20 * 28 + 10 * 14
        assert (total["episodes"], total["sick_days"]) == (10, 100)
        assert total["rate"] == round(100 / 700, 4)
        assert (total["full_time_share"], total["part_time_share"]) == (0.3, 0.7)

    def test_of_nobody_are_nothing(self):
        assert attendance([]) == {
            "total": {
                "employed": 0,
                "employed_days": 0,
                "episodes": 0,
                "sick_days": 0,
                "rate": None,
                "full_time_share": None,
                "part_time_share": None,
                "by_sex": None,
            },
            "units": [],
            "suppressed": [],
        }

    def test_have_no_shares_of_no_days(self):
        total = attendance([worked("u")] * 10)["total"]
        assert (total["sick_days"], total["rate"], total["full_time_share"]) == (0, 0.0, None)

    def test_of_one_sick_person_among_twelve_are_hidden(self):
        people = [worked("u", episodes=1, full_days=9), *[worked("u")] * 11]
        people += [worked("v", episodes=1, full_days=1)] * 40
        report = attendance(people)
        assert row(report, "u")["employed"] == 12
        for hidden in ("episodes", "sick_days", "rate", "full_time_share"):
            assert row(report, "u")[hidden] is None
            assert row(report, "v")[hidden] is None  # or it could be taken from the total
        assert report["total"]["sick_days"] == 49

    def test_of_few_who_fell_ill_are_hidden_where_many_are_away(self):
        """Eleven are on a long sick leave; only two of the episodes began this month."""
        people = [worked("u", full_days=28)] * 11 + [worked("u", episodes=1, full_days=5)] * 2
        total = attendance(people)["total"]
        assert (total["sick_days"], total["episodes"]) == (318, None)

    def test_of_nine_employees_are_hidden_altogether(self):
        report = attendance([worked("u", episodes=1, full_days=2)] * 9)
        assert {report["total"][name] for name in report["total"]} == {None}
        assert {name: v for name, v in report["units"][0].items() if v is not None} == {"unit": "u"}
        assert [one["of"] for one in report["suppressed"]] == ["total", "unit"]

    def test_without_days_have_no_shares_of_days(self):
        """The second unit hides its days for the first one's sake, though all are full-time."""
        people = [worked("u", part_days=5)] * 3 + [worked("u")] * 20
        people += [worked("v", full_days=5)] * 10 + [worked("v")] * 20
        people += [worked("w", part_days=5)] * 12 + [worked("w", full_days=1)] * 12
        report = attendance(people)
        assert row(report, "v")["sick_days"] is None
        assert row(report, "v")["full_time_share"] is None
        assert row(report, "w")["sick_days"] == 72
        assert row(report, "w")["full_time_share"] is None

    def test_by_sex_are_hidden_for_both_where_one_is_few(self):
        people = [worked("u", "female")] * 30 + [worked("u", "male")] * 4
        report = attendance(people)
        assert report["total"]["employed"] == 34
        assert report["total"]["by_sex"] is None
        assert report["suppressed"][0]["parts"] == ["sexes", "episodes_by_sex", "sick_days_by_sex"]

    def test_of_a_unit_alone_are_the_same_as_among_all(self):
        people = [worked("u", full_days=1)] * 9 + [worked("u")] * 5
        people += [worked("v", full_days=1)] * 20 + [worked(None)] * 3
        report = attendance(people)
        for unit in ("u", "v"):
            assert attendance(people, unit)["units"] == [row(report, unit)]


SIZES = st.sampled_from([0, 0, 1, 4, 9, 10, 12, 20])
KINDS = [
    (sex, sick, began)
    for sex in ("female", "male")
    for sick, began in (("none", 0), ("full", 0), ("full", 1), ("part", 1))
]


@st.composite
def workforces(draw: st.DrawFn) -> list[Worked]:
    """Some units, each with so many of each kind."""
    people: list[Worked] = []
    for unit in ["a", "b", "c", None][: draw(st.integers(1, 4))]:
        for sex, sick, began in KINDS:
            days = {} if sick == "none" else {f"{sick}_days": 2, "episodes": began}
            people += [worked(unit, sex, **days)] * draw(SIZES)
    return people


def read(report: Any, people: list[Worked]) -> list[tuple[set[tuple[Any, ...]], int, int]]:
    """Every figure: the kinds of people it is of, its value, and how many are behind it."""
    found = []

    def learn(figures: Any, unit: Any, sex: str | None) -> None:
        own = [p for p in people if unit in ("all", p.unit) and sex in (None, p.sex)]
        sick = [p for p in own if p.sick_days]
        began = [p for p in own if p.episodes]
        full = [p for p in own if p.full_days]
        part = [p for p in own if p.part_days]
        days: Any = figures["sick_days"]
        told = [("employed", figures["employed"], len(own), own)]
        told += [("sick_days", days, sum(p.sick_days for p in own), sick)]
        told += [("episodes", figures["episodes"], sum(p.episodes for p in own), began)]
        if figures.get("full_time_share") is not None:
            of_full = round(figures["full_time_share"] * days)
            told += [("full", of_full, sum(p.full_days for p in own), full)]
            told += [("part", days - of_full, sum(p.part_days for p in own), part)]
        for what, shown, true, behind in told:
            if shown is not None:
                assert shown == true
                found.append((covered(what, unit, sex, people), shown, len(behind)))

    for place, unit in ((report["total"], "all"), *((u, u["unit"]) for u in report["units"])):
        learn(place, unit, None)
        for of_sex in place["by_sex"] or ():
            learn(of_sex, unit, of_sex["sex"])
    return found


def covered(what: str, unit: Any, sex: str | None, people: list[Worked]) -> set[tuple[Any, ...]]:
    """The unknowns that a figure is the sum of; sick days are those at full extent and others."""
    extents = {"sick_days": ("full", "part")}.get(what, (what,))
    units = {p.unit for p in people}
    sexes = {p.sex for p in people}
    return {
        (e, u, s)
        for e in extents
        for u in units
        for s in sexes
        if unit in ("all", u)
        if sex in (None, s)
    }


def behind(unknowns: Any, people: list[Worked]) -> int:
    """How many people some unknowns rest on."""
    have = {
        "employed": lambda p: True,
        "episodes": lambda p: p.episodes,
        "full": lambda p: p.full_days,
        "part": lambda p: p.part_days,
    }
    return sum(
        any(p.unit == u and p.sex == s and have[what](p) for what, u, s in unknowns) for p in people
    )


class TestAttack:
    @settings(max_examples=150, deadline=None)
    @given(workforces())
    def test_finds_no_figure_that_rests_on_fewer_than_ten(self, people: list[Worked]):
        report = attendance(people)
        told = read(report, people)
        units, sexes = sorted({p.unit for p in people}, key=str), sorted({p.sex for p in people})
        names = ("employed", "episodes", "full", "part")
        unknowns = [(what, u, s) for what in names for u in units for s in sexes]
        attacker = Attacker(unknowns)
        for of, value, resting_on in told:
            assert not 0 < resting_on < 10
            attacker.learn(of, value)
        for what in (("employed",), ("episodes",), ("full",), ("part",), ("full", "part")):
            for n in range(1, len(units) + 1):
                for some in combinations(units, n):
                    for who in [*([sex] for sex in sexes), sexes]:
                        target = {(w, u, s) for w in what for u in some for s in who}
                        found = attacker.works_out(target)
                        assert not found or not 0 < behind(target, people) < 10

    @pytest.mark.parametrize("few", [1, 9])
    def test_control_would_find_a_row_that_is_left_out_alone(self, few: int):
        people = [worked("a")] * 20 + [worked("b")] * few
        attacker = Attacker([("employed", u, "female") for u in "ab"])
        attacker.learn([("employed", u, "female") for u in "ab"], 20 + few)
        attacker.learn([("employed", "a", "female")], 20)
        assert attacker.works_out([("employed", "b", "female")]) == few
        assert Counter(p.unit for p in people)["b"] == few
