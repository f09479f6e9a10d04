"""Which units have a signal, and how often chance alone makes one."""

import random
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.signals.judge import FALSE_DISCOVERIES, Verdict, judge
from app.signals.tally import Tally
from tests.unit.signals.made import integral, poisson, tally, window

Units = dict[str | None, Tally]
USUAL: Units = {f"unit {n}": tally(40, 16, 16, 16, 16) for n in range(9)}
"""Nine units of forty people with sixteen short episodes a quarter, every year."""


def judged(tallies: Mapping[str | None, Tally], *told: str) -> dict[str, Verdict]:
    return {verdict.unit: verdict for verdict in judge(tallies, frozenset(told))}


def signals(tallies: Mapping[str | None, Tally]) -> set[str]:
    return {unit for unit, verdict in judged(tallies).items() if verdict.state == "signal"}


class TestSignal:
    def test_is_of_the_one_that_rose(self):
        assert signals(USUAL | {"north": tally(40, 38, 16, 15, 17)}) == {"north"}

    def test_rests_on_the_less_telling_of_two_comparisons(self):
        """Against its own 48 of three years, and the others' 144; 1.64 episodes count as one."""
        verdict = judged(USUAL | {"north": tally(40, 38, 16, 15, 17)})["north"]
        own = integral(38 / 1.64, 48 / 1.64, 1 / 4)
        others = integral(38 / 1.64, 144 / 1.64, 1 / 10)
        assert own > others
        assert verdict.evidence is not None
        assert verdict.evidence.p == pytest.approx(own, rel=1e-6)
        assert verdict.q == pytest.approx(own * 10, rel=1e-6)

    def test_is_none_where_all_rose(self):
        """A bad winter is nobody's."""
        everybody: Units = {name: tally(40, 38, 16, 16, 16) for name in USUAL}
        assert signals(everybody) == set()

    def test_is_none_where_it_always_was_so(self):
        assert signals(USUAL | {"north": tally(40, 38, 38, 37, 39)}) == set()

    def test_is_none_where_it_only_came_up_to_the_others(self):
        assert signals(USUAL | {"north": tally(40, 16, 4, 5, 4)}) == set()

    def test_is_none_of_a_rise_too_small_to_matter(self):
        """A tenth more of ten thousand people is less than what rates swing by anyhow."""
        large: Units = {f"unit {n}": tally(10_000, 4000, 4000) for n in range(3)}
        assert signals(large | {"north": tally(10_000, 4400, 4000)}) == set()
        assert signals(large | {"north": tally(10_000, 12_000, 4000)}) == {"north"}

    @pytest.mark.parametrize(("ill", "expected"), [(9, set()), (10, {"north"})])
    def test_is_none_where_fewer_than_ten_were_ill(self, ill: int, expected: set[str]):
        """However often the nine were: it would be about them."""
        assert signals(USUAL | {"north": tally(40, 60, 16, 16, 16, ill=ill)}) == expected

    def test_of_a_unit_that_never_had_any_is_one(self):
        """Nothing to divide by; the probability is exact all the same."""
        verdict = judged(USUAL | {"north": tally(40, 38, 0, 0, 0)})["north"]
        assert verdict.state == "signal"
        assert verdict.evidence is not None
        assert verdict.evidence.own.ratio is None

    @given(st.integers(10, 80), st.integers(0, 60), st.integers(0, 60), st.integers(0, 5))
    def test_is_only_made_surer_by_more(self, people: int, now: int, before: int, more: int):
        """More episodes now never take a signal away, more earlier ones never make one."""
        one = signals(USUAL | {"north": tally(people, now, before)})
        risen = signals(USUAL | {"north": tally(people, now + more, before)})
        assert "north" not in one or "north" in risen
        calmer = signals(USUAL | {"north": tally(people, now, before + more)})
        assert "north" not in calmer or "north" in one


class TestNotJudged:
    @pytest.mark.parametrize(
        ("unit", "reason"),
        [
            (tally(9, 90, 3, ill=9), "fewer_than_ten"),
            (Tally(window(40, 38, employed=(10, 9, 40)), {1: window(40, 16)}), "fewer_than_ten"),
            (tally(40, 38), "no_earlier_year"),
            (Tally(window(9, 9), unknown=1), "employment_not_known"),
        ],
    )
    def test_says_why(self, unit: Tally, reason: str):
        verdict = judged(USUAL | {"north": unit})["north"]
        assert (verdict.state, verdict.reason, verdict.evidence) == ("not_judged", reason, None)

    def test_is_what_was_told_just_before(self):
        verdict = judged(USUAL | {"north": tally(40, 38, 16)}, "north")["north"]
        assert (verdict.state, verdict.reason) == ("not_judged", "told_before")

    def test_is_the_only_unit(self):
        assert judged({"north": tally(40, 38, 16)})["north"].reason == "no_other_unit"
        small: Units = {"north": tally(40, 38, 16), "tiny": tally(9, 0, 0)}
        assert judged(small)["north"].reason == "no_other_unit"

    def test_are_people_without_a_unit_and_units_of_the_past(self):
        past = Tally(window(0, 0), {1: window(40, 16)})
        assert judged({None: tally(40, 38, 16), "past": past}) == {}


@pytest.mark.parametrize("swing", [0.0, 0.2])
def test_by_chance_alone_hardly_ever_is_there_a_signal(swing: float):
    """Thirty units with one usual rate, of all sizes, a hundred and fifty months.

    `swing`: their rates differ by so much from quarter to quarter, as where colds go round.
    """
    chance = random.Random(11)
    wrong = sum(bool(signals(by_chance(chance, 30, swing))) for _ in range(150))
    assert wrong <= 150 * FALSE_DISCOVERIES


def test_of_the_signals_few_are_by_chance():
    """Three of thirty units rise to three times as much: found mostly, and few others with them."""
    chance = random.Random(12)
    share_wrong, found = [], 0
    for _ in range(100):
        tallies = by_chance(chance, 27) | {
            f"risen {n}": tally(40, poisson(chance, 48), *(poisson(chance, 16) for _ in range(3)))
            for n in range(3)
        }
        told = signals(tallies)
        right = {unit for unit in told if unit.startswith("risen")}
        found += len(right)
        share_wrong.append(len(told - right) / max(1, len(told)))
    assert sum(share_wrong) / 100 <= FALSE_DISCOVERIES
    assert found >= 250


def by_chance(chance: random.Random, count: int, swing: float = 0.0) -> Units:
    """Units of ten to eighty people, all with 0.4 short episodes a person and quarter."""
    made: Units = {}
    for n in range(count):
        people = chance.randint(10, 80)
        means = [people * 0.4 * chance.lognormvariate(0, swing) for _ in range(4)]
        made[f"unit {n}"] = tally(people, *(poisson(chance, mean) for mean in means))
    return made
