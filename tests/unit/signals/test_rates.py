"""Two rates compared, against sums of fractions written out; and what is promised of many."""

import random
from fractions import Fraction
from math import comb

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.signals.rates import (
    CONFIDENCE,
    LEAST_SWING,
    Comparison,
    Count,
    adjusted,
    at_least,
    swing_of,
)
from tests.unit.signals.made import integral, poisson

COUNTS = st.integers(0, 60)
DAYS = st.integers(1, 50_000)
PS = st.lists(st.floats(0, 1), min_size=1, max_size=30)
COUNTED = st.builds(Count, COUNTS, DAYS)


def tail(k: int, n: int, share: Fraction) -> Fraction:
    """By definition: every way in which k or more of n may fall to a share."""
    return sum(
        (comb(n, i) * share**i * (1 - share) ** (n - i) for i in range(max(k, 0), n + 1)),
        start=Fraction(0),
    )


class TestTail:
    @given(COUNTS, st.integers(-2, 65), st.integers(1, 999))
    @example(60, 30, 500)
    @example(1, 1, 1)
    def test_equals_the_sum_of_fractions(self, n: int, k: int, thousandths: int):
        exact = tail(k, n, Fraction(thousandths, 1000))
        assert at_least(k, n, thousandths / 1000) == pytest.approx(float(exact), rel=1e-9)

    @given(COUNTS, st.integers(0, 60), st.floats(0.01, 0.99))
    def test_falls_with_k_and_rises_with_the_share(self, n: int, k: int, share: float):
        assert at_least(k + 1, n, share) <= at_least(k, n, share) + 1e-12
        assert at_least(k, n, share) <= at_least(k, n, min(1.0, share * 1.01)) + 1e-12

    def test_stays_exact_where_a_whole_employer_is_counted(self):
        """Twenty thousand episodes: half of them by chance, of a binomial that is symmetrical."""
        n = 20_000
        middle = float(Fraction(comb(n, n // 2), 2**n))
        assert at_least(n // 2, n, 0.5) == pytest.approx(0.5 + middle / 2, rel=1e-9)

    @settings(max_examples=25, deadline=None)
    @given(st.floats(1, 40), st.floats(0, 40), st.floats(0.05, 0.95))
    def test_between_whole_numbers_is_an_area(self, k: float, other: float, share: float):
        assert at_least(k, k + other, share) == pytest.approx(
            integral(k, other, share), rel=1e-4, abs=1e-9
        )

    def test_of_what_cannot_be_is_none(self):
        assert (at_least(0, 0, 0.3), at_least(1, 0, 0.3), at_least(3, 5, 0)) == (1, 0, 0)
        assert at_least(900, 1000, 1e-6) == 0


class TestComparison:
    @given(COUNTED, COUNTED)
    def test_is_the_tail_of_what_falls_to_its_days(self, one: Count, other: Count):
        share = Fraction(one.days, one.days + other.days)
        exact = tail(one.episodes, one.episodes + other.episodes, share)
        assert Comparison(one, other).p == pytest.approx(float(exact), rel=1e-8, abs=1e-290)

    def test_of_twice_as_much(self):
        """24 of 60 episodes in a quarter of the days: worked out by hand with fractions."""
        found = Comparison(Count(24, 1000), Count(36, 3000))
        assert (found.expected, found.ratio) == (12, 2)
        assert found.p == pytest.approx(float(tail(24, 60, Fraction(1, 4))))
        assert found.p == pytest.approx(0.0075, abs=0.0005)

    @given(COUNTED, COUNTED)
    def test_gets_less_probable_with_each_episode(self, one: Count, other: Count):
        more = Comparison(one + Count(episodes=1), other)
        assert more.p <= Comparison(one, other).p + 1e-12
        less = Comparison(one, other + Count(episodes=1))
        assert less.p >= Comparison(one, other).p - 1e-12

    @given(COUNTED, COUNTED)
    def test_lies_in_its_interval_which_is_exact(self, one: Count, other: Count):
        found = Comparison(one, other)
        low, high = found.interval()
        half = (1 - CONFIDENCE) / 2
        if found.ratio is not None:
            assert low <= found.ratio * (1 + 1e-9)
            assert high is None or high >= found.ratio * (1 - 1e-9)
        n = one.episodes + other.episodes
        if one.episodes:
            share = low * one.days / (low * one.days + other.days)
            assert at_least(one.episodes, n, share) == pytest.approx(half, rel=1e-4)
        if high is None:
            assert other.episodes == 0
        else:
            share = high * one.days / (high * one.days + other.days)
            assert 1 - at_least(one.episodes + 1, n, share) == pytest.approx(half, rel=1e-4)

    @given(COUNTED, COUNTED)
    def test_tells_a_rise_when_the_interval_lies_above_one(self, one: Count, other: Count):
        """The test and the interval are of one kind: 2.5 % at the lower end."""
        found = Comparison(one, other)
        low, _ = found.interval()
        assert (low > 1) == (found.p < (1 - CONFIDENCE) / 2) or low == pytest.approx(1)

    def test_by_chance_is_small_no_oftener_than_it_says(self):
        """Every outcome of a given sum, weighed exactly: the test is never too bold."""
        for n, days in ((5, 100), (24, 1000), (60, 2500)):
            share = Fraction(days, days + 3000)
            chance = [comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(n + 1)]
            ps = [Comparison(Count(k, days), Count(n - k, 3000)).p for k in range(n + 1)]
            for limit in (0.5, 0.1, 0.05, 0.01):
                wrong = sum(c for c, p in zip(chance, ps, strict=True) if p <= limit)
                assert wrong <= limit + 1e-12


def rejected(ps: list[float], q: float) -> set[int]:
    """The procedure as Benjamini and Hochberg wrote it: the largest k with p(k) <= k q / m."""
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    fit = [k for k in range(1, len(ps) + 1) if ps[order[k - 1]] <= k * q / len(ps)]
    return {i for i in range(len(ps)) if fit and ps[i] <= ps[order[max(fit) - 1]]}


class TestAdjusted:
    @given(PS, st.sampled_from([0.01, 0.05, 0.1, 0.2, 0.5]))
    @example([0.05, 0.05], 0.05)
    def test_is_the_procedure(self, ps: list[float], q: float):
        found = adjusted(ps)
        near = any(abs(one - q) < 1e-9 for one in found)
        assert near or {i for i, one in enumerate(found) if one <= q} == rejected(ps, q)

    @given(PS)
    def test_is_no_smaller_and_keeps_the_order(self, ps: list[float]):
        found = adjusted(ps)
        assert all(p <= q <= 1 for p, q in zip(ps, found, strict=True))
        order = sorted(range(len(ps)), key=lambda i: ps[i])
        assert [found[i] for i in order] == sorted(found)

    @given(PS, st.data())
    def test_falls_when_another_gets_smaller(self, ps: list[float], data: st.DataObject):
        at = data.draw(st.integers(0, len(ps) - 1))
        smaller = [p / 2 if i == at else p for i, p in enumerate(ps)]
        assert all(b <= a for a, b in zip(adjusted(ps), adjusted(smaller), strict=True))

    def test_of_none_is_none(self):
        assert adjusted([]) == []

    def test_of_twenty_units_with_nothing_finds_few(self):
        """Twenty p as chance makes them, a thousand times: a false discovery in a tenth at most."""
        chance = random.Random(5)
        wrong = sum(min(adjusted([chance.random() for _ in range(20)])) <= 0.1 for _ in range(1000))
        assert wrong <= 1000 * 0.1 + 3 * (1000 * 0.1 * 0.9) ** 0.5


class TestSwing:
    @given(COUNTED, COUNTED, st.floats(0, 1))
    def test_never_makes_a_rise_less_probable(self, one: Count, other: Count, swing: float):
        """Where there is a rise at all: p is below one half only then."""
        plain, swung = Comparison(one, other), Comparison(one, other, swing)
        if plain.ratio is not None and plain.ratio > 1.25 and swung.p < 0.1:
            assert swung.p >= plain.p * (1 - 1e-9)

    @pytest.mark.parametrize("truth", [0.0, 0.1, 0.3])
    def test_is_found_from_the_earlier_years(self, truth: float):
        """Two hundred units over three years, the second a bad one for all."""
        chance = random.Random(7)
        units = []
        for _ in range(200):
            mean = chance.uniform(10, 40)
            rates = [chance.gammavariate(1 / truth, truth) if truth else 1.0 for _ in range(3)]
            years = [
                poisson(chance, mean * rate * bad)
                for rate, bad in zip(rates, (1, 2, 1), strict=True)
            ]
            units.append({ago: Count(n, 1800) for ago, n in enumerate(years, 1)})
        assert swing_of(units) == pytest.approx(max(LEAST_SWING, truth), rel=0.25)

    @given(st.lists(st.dictionaries(st.integers(1, 3), COUNTED, max_size=3), max_size=5))
    def test_of_anything_is_a_number(self, units: list[dict[int, Count]]):
        assert swing_of(units) >= LEAST_SWING

    def test_of_too_little_is_what_is_taken_for_granted(self):
        assert swing_of([]) == swing_of([{1: Count(9, 90)}] * 9) == LEAST_SWING
