"""What is told of signals: an attacker who has the attendance report as well learns of no few.

The attacker adds and subtracts all that both show. Everybody ill is ill once here, so that people
and episodes are one and the same.
"""

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.reports.disclosure import hidden_rows, is_open
from app.signals.judge import comparable, judge
from app.signals.rates import Count
from app.signals.shown import countable, figures_of
from app.signals.tally import Tally, Window
from tests.unit.reports.attacker import Attacker
from tests.unit.signals.made import tally, window
from tests.unit.signals.test_judge import USUAL

MONTHS = range(3)
KINDS = ("counted", "besides")
FEW = range(1, 10)
Ill = Mapping[str, Sequence[tuple[int, int]]]
"""Of each unit and month: ill with a short episode, and with one that is not counted."""


def tallies_of(ill: Ill, sizes: Mapping[str, int]) -> dict[str | None, Tally]:
    made: dict[str | None, Tally] = {}
    for unit, months in ill.items():
        short = sum(counted for counted, _ in months)
        now = Window(
            Count(short, sizes[unit] * 90),
            (sizes[unit],) * 3,
            short,
            sum(besides for _, besides in months),
            tuple(counted + besides for counted, besides in months),
        )
        made[unit] = Tally(now)
    return made


def learn(ill: Ill, tallies: Mapping[str | None, Tally], told: set[str]) -> Attacker:
    """Somebody who has read both reports."""
    attacker = Attacker([(u, m, k) for u in ill for m in MONTHS for k in KINDS])
    for month in MONTHS:
        rows: dict[str, Mapping[Hashable, int]] = {
            unit: {"away": sum(months[month])} for unit, months in ill.items()
        }
        hidden = hidden_rows(rows)
        for unit, row in rows.items():
            if unit not in hidden:
                attacker.learn([(unit, month, k) for k in KINDS], row["away"])
        total = sum(row["away"] for row in rows.values())
        if is_open({"away": total}):
            attacker.learn([(u, month, k) for u in ill for k in KINDS], total)
    beside = list(comparable(tallies))
    for unit in told:
        own, others = [unit], [other for other in beside if other != unit]
        for units in (own, others):
            known = [(u, month, "counted") for u in units for month in MONTHS]
            attacker.learn(known, sum(ill[u][m][0] for u in units for m in MONTHS))
    return attacker


def targets(ill: Ill) -> Iterator[list[tuple[str, int, str]]]:
    """Every group of people that nothing may be told of, if they are few."""
    for size in range(1, len(ill) + 1):
        for units in combinations(ill, size):
            for kinds in (("counted",), ("besides",), KINDS):
                yield [(u, m, k) for u in units for m in MONTHS for k in kinds]
                for month in MONTHS:
                    yield [(u, month, k) for u in units for k in kinds]


AMOUNTS = st.sampled_from([0, 0, 1, 3, 5, 10, 11, 14, 25])
MONTH = st.tuples(AMOUNTS, st.sampled_from([0, 0, 0, 1, 4, 10, 12]))
UNITS = st.lists(st.tuples(MONTH, MONTH, MONTH), min_size=2, max_size=4)


class TestCounts:
    @settings(max_examples=200, deadline=None)
    @given(UNITS, st.data())
    @example([((11, 0),) * 3, ((1, 0), (0, 0), (0, 0))], None)
    def test_told_give_nobody_away(self, units: Any, data: st.DataObject | None):
        ill: Ill = {f"u{n}": months for n, months in enumerate(units)}
        sizes = {u: data.draw(st.sampled_from([5, 100, 200])) if data else 100 for u in ill}
        tallies = tallies_of(ill, sizes)
        wanted = {unit for unit in comparable(tallies) if tallies[unit].now.ill >= 10}
        told = {str(unit) for unit in countable(wanted, tallies)}
        before, after = learn(ill, tallies, set()), learn(ill, tallies, told)
        for target in targets(ill):
            few = after.works_out(target)
            assert few not in FEW or before.works_out(target) == few, (target, told)

    def test_are_told_where_everybody_is_many(self):
        """The control: an ordinary employer, one unit of which is told."""
        ill = {f"u{n}": ((4, 1), (5, 1), (4, 1)) for n in range(8)}
        tallies = tallies_of(ill, dict.fromkeys(ill, 40))
        assert countable({"u3"}, tallies) == {"u3"}
        assert countable({"u3", "u5"}, tallies) == {"u3", "u5"}

    @pytest.mark.parametrize(
        ("ill", "told"),
        [
            # Those who are left: two, or with long episodes four.
            ({"u0": ((12, 9),) * 3, "u1": ((1, 9), (1, 9), (0, 9))}, set()),
            ({"u0": ((12, 9),) * 3, "u1": ((12, 1), (12, 1), (12, 2))}, set()),
            # The unit's own: all its episodes can be read in the attendance report, month by month.
            ({"u0": ((12, 1), (12, 1), (12, 2)), "u1": ((12, 9),) * 3}, set()),
            ({"u0": ((12, 9),) * 3, "u1": ((12, 9),) * 3}, {"u0"}),
            # One person ill in a unit that this one stands guard for.
            ({"u0": ((12, 0),) * 3, "u1": ((0, 0), (1, 0), (0, 0)), "u2": ((30, 9),) * 3}, set()),
        ],
    )
    def test_are_not_told_where_few_are_left(self, ill: Ill, told: set[str]):
        tallies = tallies_of(ill, dict.fromkeys(ill, 100))
        assert countable({"u0"}, tallies) == told

    def test_are_not_told_where_a_unit_of_five_is_left(self):
        ill = {f"u{n}": ((14, 4),) * 3 for n in range(2)} | {"five": ((0, 0),) * 3}
        tallies = tallies_of(ill, {"u0": 100, "u1": 14, "five": 5})
        assert countable({"u0"}, tallies) == {"u0"}
        # The attendance report hides the one of fourteen with that of five.
        assert countable({"u1"}, tallies) == set()

    def test_are_not_told_where_an_earlier_year_is_of_few(self):
        made: dict[str | None, Tally] = {f"u{n}": tally(40, 16, 16, besides=3) for n in range(6)}
        assert countable({"u0"}, made) == {"u0"}
        made["u0"] = Tally(window(40, 16, besides=3), {1: window(40, 16), 2: window(40, 9)})
        assert countable({"u0"}, made) == set()


class TestFigures:
    RISEN = tally(40, 38, 16, 15, 17)

    def test_are_those_that_the_signal_rests_on(self):
        """Interval and probabilities as areas under a beta density, worked out apart."""
        many: dict[str | None, Tally] = {
            name: tally(40, 16, 16, 16, 16, besides=3) for name in USUAL
        }
        tallies = many | {"north": self.RISEN}
        told = figures_of(judge(tallies, frozenset()), tallies)
        assert told == {
            "north": {
                "employed": 40,
                "employed_days": 3600,
                "episodes": 38,
                "own": {
                    "years": 3,
                    "expected": 16.0,
                    "ratio": 2.38,
                    "low": 1.32,
                    "high": 4.24,
                    "p": 0.0019,
                },
                "others": {
                    "units": 9,
                    "expected": 16.0,
                    "ratio": 2.38,
                    "low": 1.43,
                    "high": 3.79,
                    "p": 0.00049,
                },
                "swing": 0.04,
                "q": 0.019,
                "suppressed": None,
            }
        }

    def test_are_ratios_to_one_decimal_where_counts_must_not_be_told(self):
        tallies = USUAL | {"north": tally(40, 38, 16, 16, 16, besides=3)}
        told = figures_of(judge(tallies, frozenset()), tallies)["north"]
        assert told["suppressed"] == "fewer_than_ten"
        counts = ("employed", "employed_days", "episodes", "q")
        assert {told[name] for name in counts} == {None}
        assert (told["own"]["ratio"], told["own"]["p"], told["own"]["expected"]) == (
            2.4,
            None,
            None,
        )
