"""Counts of flags, held against counting one by one."""

from collections import Counter
from datetime import date

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.backtests.tally import CHANGES, Counted, Flags, Period, Tally, changes, within

FIRST, LAST = date(2025, 1, 15).toordinal(), date(2025, 12, 20).toordinal()
UNITS = ["Lager", "Skola"]
Found = list[tuple[int, int]]


def columns(found: Found) -> Flags:
    person = np.array([p for p, _ in found], dtype=np.int64)
    return Flags(person, np.array([d for _, d in found], dtype=np.int64))


people = st.lists(st.integers(0, len(UNITS)), min_size=1, max_size=12)


@st.composite
def counted(draw: st.DrawFn) -> tuple[list[int], list[Found]]:
    units = draw(people)
    flag = st.tuples(st.integers(0, len(units) - 1), st.integers(FIRST, LAST))
    return units, [draw(st.lists(flag, max_size=20, unique=True)) for _ in range(3)]


def tallied(units: list[int], found: list[Found], cut: int) -> dict:
    """Added in two parts, as people are: those before `cut`, and the rest."""
    rules = [Counted("a", refers=True), Counted("b", refers=False), Counted("c", refers=True)]
    tally = Tally(rules, Period(FIRST, LAST), UNITS)
    for low, high in ((0, cut), (cut, len(units))):
        part = [[(p - low, d) for p, d in rule if low <= p < high] for rule in found]
        unit = np.array(units[low:high], dtype=np.int64)
        tally.add(unit, [columns(rule) for rule in part], [columns(part[1])])
    return tally.to_json(compared=True)


class TestCounts:
    @given(counted(), st.integers(0, 12))
    def test_are_those_of_counting_one_by_one(self, given: tuple[list[int], list[Found]], cut: int):
        units, found = given
        answer = tallied(units, found, min(cut, len(units)))
        names = [*UNITS, None]
        assert answer["persons_judged"] == len(units)
        for rule, flags in zip(answer["rules"], found, strict=True):
            months = Counter(date.fromordinal(d).strftime("%Y-%m") for _, d in flags)
            assert {m["month"]: m["flags"] for m in rule["per_month"] if m["flags"]} == months
            assert (rule["flags"], rule["persons"]) == (len(flags), len({p for p, _ in flags}))
            per_unit = Counter(names[units[p]] for p, _ in flags)
            assert {u["unit"]: u["flags"] for u in rule["per_unit"] if u["flags"]} == per_unit
            sizes = Counter(names[unit] for unit in units)
            assert {u["unit"]: u["employees"] for u in rule["per_unit"]} == sizes

    @given(counted())
    def test_count_one_talk_a_person_and_week(self, given: tuple[list[int], list[Found]]):
        units, found = given
        talks = {(p, *date.fromordinal(d).isocalendar()[:2]) for p, d in found[0] + found[2]}
        weeks = Counter(f"{year}-W{week:02}" for _, year, week in talks)
        shown = tallied(units, found, 0)["workload"]
        assert {w["week"]: w["talks"] for w in shown["weeks"] if w["talks"]} == weeks
        assert shown["most"] == max(weeks.values(), default=0)

    @given(counted(), st.integers(0, 12))
    def test_tell_whom_two_rules_would_both_flag(
        self, given: tuple[list[int], list[Found]], cut: int
    ):
        units, found = given
        flagged = [{p for p, _ in rule} for rule in found]
        overlap = tallied(units, found, min(cut, len(units)))["overlap"]
        named = {tuple(pair["rules"]): (pair["both"], pair["either"]) for pair in overlap}
        for (one, other), pair in {(0, 1): "ab", (0, 2): "ac", (1, 2): "bc"}.items():
            a, b = flagged[one], flagged[other]
            assert named[tuple(pair)] == (len(a & b), len(a | b))

    @given(counted(), st.integers(0, 12))
    def test_tell_who_is_flagged_anew_and_who_no_longer(
        self, given: tuple[list[int], list[Found]], cut: int
    ):
        units, found = given
        now, then = {p for rule in found for p, _ in rule}, {p for p, _ in found[1]}
        expected = [len(now - then), len(then - now), len(now & then)]
        answer = tallied(units, found, min(cut, len(units)))["change"]
        assert answer == dict(zip(CHANGES, expected, strict=True))


class TestChanges:
    def test_name_each_person(self):
        now, then = columns([(0, FIRST), (2, FIRST), (2, LAST)]), columns([(1, FIRST), (2, LAST)])
        found = changes([now], [then], 4)
        assert [CHANGES[at] if at >= 0 else None for at in found.tolist()] == [
            "newly_flagged",
            "no_longer",
            "unchanged",
            None,
        ]


class TestPeriod:
    def test_has_both_its_ends(self):
        flags = columns([(0, FIRST - 1), (1, FIRST), (2, LAST), (3, LAST + 1)])
        assert within(flags, Period(FIRST, LAST)).person.tolist() == [1, 2]
