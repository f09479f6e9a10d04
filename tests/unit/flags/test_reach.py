"""Whom a silence is about: all that it names must fit."""

import pytest

from app.flags.picture import Pause
from app.flags.silences.reach import Silence, pauses_of
from app.people.units import Unit, Units

UNITS = Units([Unit("top"), Unit("mid", "top"), Unit("low", "mid"), Unit("side", "top")])


@pytest.mark.parametrize(
    ("named", "who", "unit", "concerned"),
    [
        ({"employee_id": "a"}, "a", None, True),
        ({"employee_id": "a"}, "b", "low", False),
        ({"unit": "low"}, "a", "low", True),
        ({"unit": "top"}, "a", "low", True),
        ({"unit": "low"}, "a", "mid", False),
        ({"unit": "side"}, "a", "low", False),
        ({"unit": "unheard-of"}, "a", "unheard-of", True),
        ({"unit": "top"}, "a", None, False),
        ({"rule": "r"}, "a", None, True),
        ({"rule": "r", "unit": "mid"}, "a", "low", True),
        ({"rule": "r", "unit": "mid"}, "a", "side", False),
        ({"employee_id": "a", "unit": "mid"}, "a", "side", False),
    ],
)
def test_is_about(named: dict[str, str], who: str, unit: str | None, concerned: bool):
    silence = Silence(1, 9, "other", **named)
    found = pauses_of([silence], who, UNITS.with_those_above(unit))
    assert found == ((Pause(1, 9, "other", named.get("rule")),) if concerned else ())


def test_units_know_those_above_and_below_and_whom_a_move_takes_along():
    assert UNITS.with_those_above("low") == ("low", "mid", "top")
    assert UNITS.with_those_above("unheard-of") == ("unheard-of",)
    assert UNITS.with_those_above(None) == ()
    assert UNITS.with_those_below("mid") == {"mid", "low"}
    assert UNITS.with_those_below("unheard-of") == {"unheard-of"}
    moved = Units([Unit("top"), Unit("mid"), Unit("low", "mid"), Unit("side", "top")])
    assert UNITS.placed_differently(moved) == {"mid", "low"}
    assert UNITS.placed_differently(UNITS) == frozenset()
