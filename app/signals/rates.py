"""Two rates compared exactly: is the one so much higher that chance alone is a poor explanation?

Pure. So many episodes in so many employed days; given the sum of both counts, the one is binomial,
with its share of the days as the chance, when the rates are the same. So the uncertainty of what is
expected is part of the test (Przyborowski and Wilenski 1940). It is one-sided and exact, not mid-p.

Episodes are no Poisson counts: colds go round, and some people are ill more often than others. How
much more than by chance a rate swings from one quarter to the next (`swing`, the square of its
coefficient of variation) makes several episodes worth one: with a count of e expected its variance
is e (1 + swing e), so that 1 + swing e episodes together count as one that is independent.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95
"""Of the intervals: two-sided, exact (Clopper and Pearson 1934)."""
LEAST_SWING = 0.04
"""A unit's rate swings by a fifth from one quarter to another, if nothing else is known."""
_HALVINGS = 60
_NEGLIGIBLE = 1e-16
_MOST_TERMS = 10_000


@dataclass(frozen=True, slots=True)
class Count:
    """So many episodes in so many employed days."""

    episodes: int = 0
    days: int = 0

    def __add__(self, other: "Count") -> "Count":
        return Count(self.episodes + other.episodes, self.days + other.days)

    def __sub__(self, other: "Count") -> "Count":
        return Count(self.episodes - other.episodes, self.days - other.days)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A count beside another with which it is compared.

    `expected`: episodes that the other's rate gives. `ratio`: the one rate as a multiple of the
    other, None where the other has no episodes. `p`: how probable as many episodes or more would
    be, were the rates the same.
    """

    one: Count
    other: Count
    swing: float = 0.0

    @property
    def together(self) -> float:
        """So many episodes count as one that is independent of the others."""
        return 1 + self.swing * self.expected

    @property
    def expected(self) -> float:
        """Episodes that the other rate would have given."""
        return self.other.episodes * self.one.days / self.other.days

    @property
    def ratio(self) -> float | None:
        """The one rate as a multiple of the other."""
        return self.one.episodes / self.expected if self.other.episodes else None

    @property
    def p(self) -> float:
        """The exact one-sided probability."""
        share = self.one.days / (self.one.days + self.other.days)
        k, n = self._independent()
        return at_least(k, n, share)

    def interval(self) -> tuple[float, float | None]:
        """Between what the ratio lies, with `CONFIDENCE`; None: no upper bound."""
        k, n = self._independent()
        tail = (1 - CONFIDENCE) / 2
        low = _share_where(lambda share: at_least(k, n, share) >= tail) if k else 0.0
        if k == n:
            return self._as_ratio(low), None
        high = _share_where(lambda share: 1 - at_least(k + 1, n, share) < tail)
        return self._as_ratio(low), self._as_ratio(high)

    def _independent(self) -> tuple[float, float]:
        """The one count and the sum of both, as if all in them were independent."""
        together = self.together
        both = self.one.episodes + self.other.episodes
        return self.one.episodes / together, both / together

    def _as_ratio(self, share: float) -> float:
        """The ratio of rates that gives the one that share of all episodes."""
        return share / (1 - share) * (self.other.days / self.one.days)


def _share_where(holds: Callable[[float], bool]) -> float:
    """From which share on it holds: what does not hold of small ones and does of large ones."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if holds(middle) else (middle, high)
    return low


def at_least(k: float, n: float, share: float) -> float:
    """How probable it is that of n as many as k or more fall to a share of all.

    The tail of the binomial as an incomplete beta function, which has a value between whole numbers
    as well (Abramowitz and Stegun 26.5.24, and 26.5.8 for its continued fraction).
    """
    if k <= 0:
        return 1.0
    if k >= n + 1 or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    a, b = k, n - k + 1
    if share < (a + 1) / (a + b + 2):
        return min(1.0, _tail(a, b, share))
    return max(0.0, 1 - _tail(b, a, 1 - share))


def _tail(a: float, b: float, x: float) -> float:
    """The incomplete beta function on the side where its fraction converges quickly."""
    log = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(log + a * math.log(x) + b * math.log1p(-x)) * _fraction(a, b, x) / a


def _fraction(a: float, b: float, x: float) -> float:
    """Lentz's way with the continued fraction."""
    c, d = 1.0, 1 / (1 - (a + b) * x / (a + 1))
    value = d
    for m in range(1, _MOST_TERMS):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        before = value
        for part in (even, odd):
            c, d = 1 + part / c, 1 / (1 + part * d)
            value *= c * d
        if abs(value - before) <= abs(value) * _NEGLIGIBLE:
            break
    return value


def adjusted(ps: Sequence[float]) -> list[float]:
    """Each p adjusted for how many there are (Benjamini and Hochberg 1995), in the same order.

    Whoever takes those of at most q for discoveries is wrong, on average, in at most the share q
    of them.
    """
    order = sorted(range(len(ps)), key=lambda place: ps[place], reverse=True)
    found, least = [1.0] * len(ps), 1.0
    for before, place in enumerate(order):
        least = min(least, ps[place] * (len(ps) / (len(ps) - before)))
        found[place] = least
    return found


Years = Mapping[int, Count]
"""A unit's earlier years, by how many years ago."""


def swing_of(units: Iterable[Years]) -> float:
    """How much rates swing for no reason that lasts: from the earlier years of all units.

    By moments, after what a unit always has and what a year has for all: the variance beyond that
    of chance, as a share of the square of what is expected. `LEAST_SWING` where they swing less,
    or where too little is known to say.
    """
    known = [years for years in units if len(years) > 1 and any(c.episodes for c in years.values())]
    if len(known) < 2:
        return LEAST_SWING
    rates = [_rate(years.values()) for years in known]
    usual: dict[int, float] = {}
    counted: dict[int, int] = {}
    for years, rate in zip(known, rates, strict=True):
        for ago, count in years.items():
            usual[ago] = usual.get(ago, 0) + rate * count.days
            counted[ago] = counted.get(ago, 0) + count.episodes
    beyond = square = 0.0
    for years, rate in zip(known, rates, strict=True):
        expected = {ago: rate * c.days * counted[ago] / usual[ago] for ago, c in years.items()}
        found = {ago: count.episodes for ago, count in years.items()}
        more, less = _beyond_chance(found, expected, 1 - 1 / len(known))
        beyond, square = beyond + more, square + less
    return max(LEAST_SWING, beyond / square) if square > 0 else LEAST_SWING


def _beyond_chance(
    found: Mapping[int, int], expected: Mapping[int, float], fitted: float
) -> tuple[float, float]:
    """A unit's squared distance from what is expected, beyond chance; and what a swing of one adds.

    The unit's own total is in what is expected, which draws it nearer: by how much depends on the
    share that each year has in it. `fitted`: what is left by the fit to the years.
    """
    total = sum(expected.values())
    squares = sum(e * e for e in expected.values())
    beyond = square = 0.0
    for ago, e in expected.items():
        share = e / total
        beyond += (found[ago] - e) ** 2 / fitted - e * (1 - share)
        square += e * e * (1 - 2 * share) + share * share * squares
    return beyond, square


def _rate(counts: Iterable[Count]) -> float:
    total = sum(counts, start=Count())
    return total.episodes / total.days
