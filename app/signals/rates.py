"""Two rates compared exactly: is the one so much higher that chance alone is a poor explanation?

Pure. Counts are taken for Poisson: so many episodes in so many employed days. Given the sum of
both counts, the one is binomial, with its share of the days as the chance, when the rates are the
same. So the uncertainty of what is expected is part of the test (Przyborowski and Wilenski 1940).
The test is one-sided and exact, not mid-p: chance makes it p or less at most as often as p says.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

CONFIDENCE = 0.95
"""Of the intervals: two-sided, exact (Clopper and Pearson 1934)."""
_HALVINGS = 60
_NEGLIGIBLE = 1e-18


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
        return at_least(self.one.episodes, self.one.episodes + self.other.episodes, share)

    def interval(self) -> tuple[float, float | None]:
        """Between what the ratio lies, with `CONFIDENCE`; None: no upper bound."""
        k, n = self.one.episodes, self.one.episodes + self.other.episodes
        tail = (1 - CONFIDENCE) / 2
        low = _share_where(lambda share: at_least(k, n, share) >= tail) if k else 0.0
        if k == n:
            return self._as_ratio(low), None
        high = _share_where(lambda share: 1 - at_least(k + 1, n, share) < tail)
        return self._as_ratio(low), self._as_ratio(high)

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


def at_least(k: int, n: int, share: float) -> float:
    """How probable it is that of n as many as k or more fall to a share of all.

    The nearer tail is summed, from its largest term outwards, until nothing is added any more.
    """
    if k <= 0:
        return 1.0
    if k > n or share <= 0:
        return 0.0
    if share >= 1:
        return 1.0
    odds = share / (1 - share)
    if k > n * share:
        return min(1.0, _sum(_term(k, n, share), range(k, n), lambda i: (n - i) / (i + 1) * odds))
    below = _sum(_term(k - 1, n, share), range(k - 1, 0, -1), lambda i: i / (n - i + 1) / odds)
    return max(0.0, 1 - below)


def _term(k: int, n: int, share: float) -> float:
    """How probable it is that just k of n fall to that share."""
    ways = math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
    return math.exp(ways + k * math.log(share) + (n - k) * math.log1p(-share))


def _sum(first: float, steps: range, factor: Callable[[int], float]) -> float:
    total = term = first
    for step in steps:
        term *= factor(step)
        total += term
        if term < total * _NEGLIGIBLE:
            break
    return total


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
