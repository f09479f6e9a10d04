"""Several employments of one person are one person in reports, whatever the day."""

from datetime import date
from typing import Any

from app.absences.fold import Absence
from app.reports.persons import Member, people


def member(name: str, person: str = "", **more: Any) -> Member:
    given: dict[str, Any] = {"unit": "north", "employment": ((1, None),), "sex": None} | more
    return Member(name, person or name, **given)


def test_everybody_is_there_once():
    found = people([member("a"), member("b", "x"), member("c"), member("d", "x")])
    assert [[m.employee_id for m in one.employments] for one in found] == [["a"], ["b", "d"], ["c"]]
    assert [one.of({"a": [1], "d": [4], "b": [2, 3]}) for one in found] == [[1], [2, 3, 4], []]


def test_somebody_is_counted_where_the_employment_lasts_longest():
    over = member("a", "x", unit="north", employment=((1, 100),), sex=None)
    goes_on = member("b", "x", unit="south", employment=((50, None),), sex="male")
    for own in ([over, goes_on], [goes_on, over]):
        [one] = people(own)
        assert (one.unit, one.sex, one.employment) == ("south", "male", ((1, None),))


def test_periods_that_are_not_known_of_one_are_not_known_at_all():
    [one] = people([member("a", "x"), member("b", "x", employment=())])
    assert one.employment == ()


def test_each_employment_limits_its_own_absences_alone():
    day = date(2026, 3, 2).toordinal()
    over = member("a", "x", employment=((1, day),))
    [one] = people([over, member("b", "x")])
    left = Absence(date(2026, 3, 2), None, "sickness", 100, ())
    parts = one.parts({"a": [left], "c": [left]})
    assert [(list(part.absences), part.employment) for part in parts] == [
        ([left], ((1, day),)),
        ([], ((1, None),)),
    ]
