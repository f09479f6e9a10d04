"""Disclosure control: an attacker who adds, subtracts and compares periods learns of no few.

Below ten is few. The attacker sees everything that may be shown, of every period, unit and sex.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations, product
from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.reports.disclosure import Division, Split, Timeline, cuts, hidden_rows, is_open, sum_of
from tests.unit.reports.attacker import Attacker, sizes

ONE: Counter[Any] = Counter({"all": 1})


def of(*months: int) -> list[Counter[Any]]:
    return [Counter(all=people) for people in months]


class TestCuts:
    @pytest.mark.parametrize(
        ("months", "ends"),
        [
            ((), {0}),
            ((9,), {0}),
            ((10,), {0, 1}),
            ((9, 1), {0, 2}),
            ((4, 4, 4, 4), {0, 3}),
            ((4, 4, 4, 4, 4, 4), {0, 3, 6}),
            ((10, 3), {0, 1}),
            ((10, 0, 0, 3, 7), {0, 1, 2, 3, 5}),
            ((0, 0, 10), {0, 1, 2, 3}),
            ((30, 1, 30), {0, 1, 3}),
        ],
    )
    def test_come_as_early_as_ten_people_have_gathered(self, months: Any, ends: set[int]):
        assert cuts(of(*months), range(len(months) + 1)) == ends

    def test_wait_for_every_group(self):
        months: list[Counter[Any]] = [
            Counter(back=20),
            Counter(back=20, left=4),
            Counter(left=6),
            Counter(back=9),
        ]
        assert cuts(months, range(5)) == {0, 1, 3}

    def test_lie_on_those_that_are_given(self):
        assert cuts(of(10, 10, 10, 10), {0, 2, 3}) == {0, 2, 3}

    @given(st.lists(st.integers(0, 12), max_size=12))
    def test_stay_where_they_are_when_time_goes_on(self, months: list[int]):
        earlier = cuts(of(*months[:-1]), range(len(months)))
        later = cuts(of(*months), range(len(months) + 1))
        assert earlier == {cut for cut in later if cut < len(months)} or not months


class Person(NamedTuple):
    month: int
    unit: str | None
    sex: str
    status: str
    leave: str


STATUSES = {"back": "back", "left": "not", "studies": "not"}
DIVISIONS = (
    Division[Person]("all", lambda _: ("all",)),
    Division[Person]("back", lambda p: (STATUSES[p.status],), ("all",)),
    Division[Person]("status", lambda p: (p.status,), ("back",)),
    Division[Person]("leave", lambda p: (p.leave,), ("all",)),
    Division[Person](
        "together", lambda p: ("all", STATUSES[p.status], f"{p.leave} now"), ("back", "leave")
    ),
)


class Setting(NamedTuple):
    """What people may differ in; few things at a time, so that all combinations can be tried."""

    months: int
    units: tuple[str | None, ...] = (None,)
    sexes: tuple[str, ...] = ("not_given",)
    statuses: tuple[str, ...] = ("back",)
    leaves: tuple[str, ...] = ("none",)

    def everybody(self) -> list[Person]:
        """One of each kind there may be."""
        several = (self.units, self.sexes, self.statuses, self.leaves)
        return [Person(month, *rest) for month in range(self.months) for rest in product(*several)]


SETTINGS = {
    "time alone": Setting(8),
    "status": Setting(5, statuses=("back", "left", "studies")),
    "status and leave": Setting(3, statuses=("back", "left", "studies"), leaves=("full", "none")),
    "status by sex": Setting(3, sexes=("f", "m"), statuses=("back", "left", "studies")),
    "status by unit": Setting(3, units=("u", "v", "w", None), statuses=("back", "left")),
    "units": Setting(4, units=("u", "v", "w")),
    "by sex and unit": Setting(3, units=("u", "v"), sexes=("f", "m"), leaves=("full", "none")),
    "everything": Setting(1, ("u", "v"), ("f", "m"), ("back", "left"), ("full", "none")),
}
SIZES = st.sampled_from([0, 0, 0, 1, 3, 8, 10, 11, 14, 25])


def crowd(setting: Setting, of_kind: Sequence[int]) -> list[Person]:
    return [one for one, n in zip(setting.everybody(), of_kind, strict=True) for _ in range(n)]


def kinds(people: Sequence[Person], which: dict[str, Any]) -> set[Person]:
    return {p for p in people if all(getattr(p, name) == value for name, value in which.items())}


def told(setting: Setting, people: Sequence[Person]) -> Iterator[tuple[set[Person], int]]:
    """Every number that any report shows: which kinds of people it counts, and how many."""
    timeline = Timeline(people, DIVISIONS, setting.months - 1)
    everybody = setting.everybody()
    splits = [(None, False), (None, True), *((unit, False) for unit in setting.units if unit)]
    for first, end in combinations(range(setting.months + 1), 2):
        for division, (unit, by_sex) in product(DIVISIONS, splits):
            split = timeline.split_for(unit, by_sex=by_sex)
            if split != Split() and division.name != "together":
                continue
            if not timeline.shows(division.name, split, (first, end - 1)):
                continue
            counted = timeline.within((first, end - 1), unit)
            members: dict[Any, set[Person]] = {}
            for kind in everybody:
                if first <= kind.month < end and unit in (None, kind.unit):
                    for cell in division.cells(kind):
                        part = kind.sex if by_sex else None
                        members.setdefault((part, cell), set()).add(kind)
            for those in members.values():
                yield those, sum(p in those for p in counted)


def targets(setting: Setting) -> Iterator[set[Person]]:
    """Every group of people somebody might like to know the size of."""
    everybody = setting.everybody()
    choices = [
        [{}, *({name: value} for value in values)]
        for name, values in (
            ("unit", setting.units),
            ("sex", setting.sexes),
            ("status", setting.statuses),
            ("leave", setting.leaves),
        )
    ]
    for first, end in combinations(range(setting.months + 1), 2):
        in_time = [kind for kind in everybody if first <= kind.month < end]
        for parts in product(*choices):
            which = {name: value for part in parts for name, value in part.items()}
            yield kinds(in_time, which)


class TestTimeline:
    @pytest.mark.parametrize("name", SETTINGS)
    @settings(max_examples=100, deadline=None)
    @given(data=st.data())
    def test_lets_nobody_work_out_a_number_under_ten(self, name: str, data: st.DataObject):
        setting = SETTINGS[name]
        kinds_there_are = setting.everybody()
        people = crowd(setting, sizes(data, len(kinds_there_are)))
        attacker = Attacker(kinds_there_are)
        for those, number in told(setting, people):
            assert not 0 < number < 10
            attacker.learn(those, number)
        for those in targets(setting):
            found = attacker.works_out(those)
            assert found is None or not 0 < found < 10
            assert found is None or found == sum(p in those for p in people)

    @pytest.mark.parametrize("name", SETTINGS)
    @settings(max_examples=100, deadline=None)
    @given(data=st.data())
    def test_lets_no_bounds_close_on_a_number_under_ten(self, name: str, data: st.DataObject):
        setting = SETTINGS[name]
        kinds_there_are = setting.everybody()
        people = crowd(setting, sizes(data, len(kinds_there_are)))
        attacker = Attacker(kinds_there_are)
        for those, number in told(setting, people):
            attacker.learn(those, number)
        bounds = attacker.bounds()
        assert [(low, high) for low, high in bounds.values() if low == high and 0 < low < 10] == []

    def test_control_an_attacker_finds_out_what_is_not_protected(self):
        attacker = Attacker(["jan", "feb"])
        attacker.learn(["jan"], 20)
        attacker.learn(["jan", "feb"], 23)
        assert attacker.works_out(["feb"]) == 3
        assert attacker.bounds()["feb"] == (3, 3)

    def test_shows_everything_where_every_group_has_ten_a_month(self):
        setting = SETTINGS["status by sex"]
        people = crowd(setting, [10] * len(setting.everybody()))
        timeline = Timeline(people, DIVISIONS, setting.months - 1)
        for division in DIVISIONS:
            for first, end in combinations(range(setting.months + 1), 2):
                assert timeline.shows(division.name, Split(by_sex=True), (first, end - 1))

    def test_offers_the_longest_period_that_it_would_show(self):
        people = [Person(m, None, "f", "back", "none") for m in (3, 4, 4, 5) for _ in range(6)]
        timeline = Timeline(people, DIVISIONS, 8)
        whole = (0, 8)
        assert not timeline.shows("all", Split(), (0, 3))
        assert timeline.shows("all", Split(), (0, 4))
        assert timeline.longest_within("all", Split(), (0, 5)) == (3, 4)
        assert timeline.longest_within("all", Split(), (5, 6)) is None
        assert timeline.within(whole, None) == people

    def test_shows_a_unit_only_where_no_other_is_given_away(self):
        """Of 30 in all, 16 in one unit and 10 in another: that would leave 4."""
        units = ["large"] * 16 + ["middle"] * 10 + ["small"] * 4
        people = [Person(0, unit, "f", "back", "none") for unit in units]
        timeline = Timeline(people, DIVISIONS, 0)
        shown = {u: timeline.shows("all", timeline.split_for(u), (0, 0)) for u in set(units)}
        assert shown == {"large": True, "middle": False, "small": False}


Table = dict[str, Counter[Any]]
TABLES = st.dictionaries(
    st.sampled_from("abcdefg"),
    st.builds(lambda f, m: Counter(f=f, m=m), SIZES, SIZES),
    max_size=7,
)


class TestHiddenRows:
    @pytest.mark.parametrize(
        ("rows", "hidden"),
        [
            ({}, set()),
            ({"a": 12, "b": 30}, set()),
            ({"a": 9, "b": 12, "c": 30}, {"a", "b"}),
            ({"a": 9, "b": 1, "c": 30}, {"a", "b"}),
            ({"a": 0, "b": 30}, set()),
            ({"a": 3, "b": 30}, {"a", "b"}),
            ({"a": 3}, {"a"}),
        ],
    )
    def test_are_the_small_ones_and_who_stands_guard(self, rows: dict[str, int], hidden: Any):
        table: Table = {name: Counter(all=people) for name, people in rows.items()}
        assert hidden_rows(table) == hidden

    @settings(max_examples=300, deadline=None)
    @given(TABLES, st.sets(st.sampled_from("abcdefg")))
    def test_cannot_be_worked_out(self, table: Table, already: set[str]):
        before = hidden_rows(table, already & table.keys())
        unknowns = [(row, cell) for row in table for cell in "fm"]
        attacker = Attacker(unknowns)
        total = sum_of(table.values())
        if is_open(total):
            for cell in "fm":
                attacker.learn([(row, cell) for row in table], total[cell])
        for row in table.keys() - before:
            for cell in "fm":
                assert not 0 < table[row][cell] < 10
                attacker.learn([(row, cell)], table[row][cell])
        for n in range(1, len(table) + 1):
            for rows in combinations(table, n):
                for cells in ("f", "m", "fm"):
                    found = attacker.works_out([(r, c) for r in rows for c in cells])
                    assert found is None or not 0 < found < 10
