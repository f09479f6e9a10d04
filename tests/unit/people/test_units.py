"""Who is told, and what a unit has from those above it: examples, and against an oracle.

The oracle reads lists of plain tuples from the top down or by brute force over days; it shares
nothing with the module but its values.
"""

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.people.units import Manager, Unit, Units, unsound

DAY = date(2026, 3, 2)
ANNA = Manager("mgr_anna", date(2025, 1, 1), "2001", has_email=True)
BO = Manager("mgr_bo", date(2026, 3, 2), "2002", has_email=True)
NOBODY = Manager("mgr_none", date(2026, 6, 1))
UNREACHABLE = Manager("mgr_mute", date(2026, 7, 1), "2003")
HOME_CARE = Units(
    [
        Unit("kommun", hr_has_email=True, closures=((100, 110),), alignment_from_day=14),
        Unit("omsorg", "kommun", closures=((111, 112), (150, 160))),
        Unit("norr", "omsorg", (ANNA, BO, NOBODY, UNREACHABLE)),
        Unit("soder", "omsorg", (BO,), hr_has_email=True, alignment_from_day=1),
        Unit("utan", None),
    ]
)


class TestRecipient:
    @pytest.mark.parametrize(
        ("unit", "number", "day", "told"),
        [
            ("norr", "1001", date(2024, 12, 31), "hr:kommun"),  # before anybody leads
            ("norr", "1001", date(2025, 1, 1), "manager:mgr_anna"),
            ("norr", "1001", date(2026, 3, 1), "manager:mgr_anna"),
            ("norr", "1001", date(2026, 3, 2), "manager:mgr_bo"),
            ("norr", "2002", date(2026, 3, 2), "hr:kommun"),  # it is the manager who is ill
            ("norr", "2001", date(2026, 3, 2), "manager:mgr_bo"),  # who leads no longer
            ("norr", "1001", date(2026, 6, 1), "hr:kommun"),  # nobody leads
            ("norr", "1001", date(2026, 7, 1), "hr:kommun"),  # somebody without an address
            ("soder", "2002", DAY, "hr:soder"),
            ("omsorg", "1001", DAY, "hr:kommun"),  # the manager above is not asked
            ("utan", "1001", DAY, None),
            ("okand", "1001", DAY, None),
            (None, "1001", DAY, None),
        ],
    )
    def test_is_the_manager_or_hr(self, unit: str | None, number: str, day: date, told: str | None):
        assert HOME_CARE.recipient(unit, number, day) == told

    def test_of_a_manager_without_a_number_is_the_manager(self):
        units = Units([Unit("u", None, (Manager("mgr_x", DAY, None, has_email=True),))])
        assert units.recipient("u", "1001", DAY) == "manager:mgr_x"

    def test_below_a_unit_that_is_not_there_is_nobody(self):
        assert Units([Unit("u", "gone")]).recipient("u", "1001", DAY) is None


class TestInherited:
    def test_closures_are_those_of_all_above_joined_where_they_touch(self):
        assert HOME_CARE.closures("norr") == ((100, 112), (150, 160))
        assert HOME_CARE.closures("kommun") == ((100, 110),)
        assert HOME_CARE.closures("utan") == HOME_CARE.closures("okand") == ()
        assert HOME_CARE.closures(None) == ()

    def test_alignment_is_from_the_day_that_the_nearest_says(self):
        assert HOME_CARE.alignment_from_day("norr") == 14
        assert HOME_CARE.alignment_from_day("soder") == 1
        assert HOME_CARE.alignment_from_day("utan") is None
        assert HOME_CARE.alignment_from_day(None) is None


class TestUnitsLed:
    def test_are_all_that_the_same_employment_number_leads(self):
        again = Manager("mgr_bo_2", date(2026, 1, 1), "2002", has_email=True)
        units = Units([Unit("a", None, (BO,)), Unit("b", None, (again,)), Unit("c", None, (ANNA,))])
        assert units.units_led_by("mgr_bo", DAY) == {"a", "b"}
        assert units.units_led_by("mgr_bo_2", date(2026, 3, 1)) == {"b"}
        assert units.units_led_by("mgr_anna", DAY) == {"c"}
        assert units.units_led_by("mgr_anna", date(2024, 1, 1)) == set()

    def test_of_a_manager_without_a_number_is_their_own(self):
        units = Units([Unit(u, None, (Manager(f"mgr_{u}", DAY),)) for u in ("a", "b")])
        assert units.units_led_by("mgr_a", DAY) == {"a"}

    def test_of_nobody_are_none(self):
        assert HOME_CARE.units_led_by("mgr_gone", DAY) == set()


codes = st.sampled_from(["a", "b", "c", "d", "e"])
some_days = st.integers(0, 6).map(lambda n: DAY + timedelta(days=n))
people = st.sampled_from([None, "1", "2"])


@st.composite
def trees(draw: st.DrawFn) -> list[Unit]:
    """Up to five units, with parents that may be missing or lead in a circle."""
    ids = iter(range(1000))
    units = []
    for code in draw(st.lists(codes, unique=True)):
        since = draw(st.lists(some_days, unique=True, max_size=3))
        managers = tuple(
            Manager(f"mgr_{next(ids)}", day, draw(people), has_email=draw(st.booleans()))
            for day in since
        )
        closures = draw(st.lists(st.tuples(st.integers(1, 20), st.integers(0, 4)), max_size=2))
        units.append(
            Unit(
                code,
                draw(st.none() | codes),
                managers,
                draw(st.booleans()),
                tuple((first, first + length) for first, length in closures),
                draw(st.none() | st.integers(1, 3)),
            )
        )
    return units


def above(units: list[Unit], code: str | None) -> list[Unit]:
    """The unit and those above it, by as many steps as there are units."""
    found: list[Unit] = []
    for _ in units:
        here = [unit for unit in units if unit.unit == code and unit not in found]
        found += here
        code = here[0].parent if here else None
    return found


def led_on(unit: Unit, day: date) -> Manager | None:
    """Who leads, found by going back day by day."""
    for back in range(100):
        for manager in unit.managers:
            if manager.since == day - timedelta(days=back):
                return manager
    return None


class TestAgainstTheOracle:
    @given(trees(), st.none() | codes, st.sampled_from(["1", "2", "3"]), some_days)
    def test_the_same_are_told(self, units: list[Unit], code: str | None, number: str, day: date):
        line = above(units, code)
        manager = led_on(line[0], day) if line else None
        hr = [f"hr:{unit.unit}" for unit in line if unit.hr_has_email]
        if manager and manager.has_email and manager.number != number:
            hr.insert(0, f"manager:{manager.manager_id}")
        assert Units(units).recipient(code, number, day) == (hr[0] if hr else None)

    @given(trees(), st.none() | codes)
    def test_the_same_days_are_closed(self, units: list[Unit], code: str | None):
        line = above(units, code)
        closed = {d for unit in line for a, b in unit.closures for d in range(a, b + 1)}
        found = Units(units).closures(code)
        assert {d for first, last in found for d in range(first, last + 1)} == closed
        gaps = [after[0] - before[1] for before, after in itertools.pairwise(found)]
        assert all(gap > 1 for gap in gaps)

    @given(trees(), st.none() | codes)
    def test_the_same_day_of_alignment(self, units: list[Unit], code: str | None):
        said = [unit.alignment_from_day for unit in above(units, code) if unit.alignment_from_day]
        assert Units(units).alignment_from_day(code) == (said[0] if said else None)

    @given(trees(), some_days)
    def test_the_same_units_are_led(self, units: list[Unit], day: date):
        for person in [manager for unit in units for manager in unit.managers]:
            leaders = {unit.unit: led_on(unit, day) for unit in units}
            expected = {
                code
                for code, leader in leaders.items()
                if leader is person or (leader and leader.number and leader.number == person.number)
            }
            assert Units(units).units_led_by(person.manager_id, day) == expected

    @given(st.dictionaries(codes, st.none() | codes), st.sets(codes))
    def test_the_same_parents_are_unsound(self, parents: dict[str, str | None], some: set[str]):
        named = sorted(some & parents.keys())
        expected = {}
        for code in named:
            steps, at = 0, parents[code]
            while at is not None and at in parents and steps <= len(parents):
                steps, at = steps + 1, parents[at]
            if parents[code] is not None and parents[code] not in parents:
                expected[code] = "unknown_parent"
            elif steps > len(parents):
                expected[code] = "parent_cycle"
        assert unsound(parents, named) == expected


def test_long_lines_are_walked_once():
    """A hundred thousand levels, every unit named: no recursion, and no time squared."""
    line: dict[str, str | None] = {str(n): str(n + 1) for n in range(100_000)}
    assert unsound(line | {"100000": None}, line) == {}
    circle = unsound(line | {"100000": "99999"}, line)
    assert set(circle.values()) == {"parent_cycle"}
    assert len(circle) == len(line)
