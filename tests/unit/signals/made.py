"""Units made up for tests: how many people, and what their three months look like."""

import random
from typing import Any

from app.signals.rates import Count
from app.signals.tally import Tally, Window

QUARTER = 90


def window(
    people: int, episodes: int, ill: int | None = None, besides: int = 0, **more: Any
) -> Window:
    """Three months of so many people, of whom as many are ill as there are episodes."""
    sick = min(people, episodes) if ill is None else ill
    said: dict[str, Any] = {
        "count": Count(episodes, people * QUARTER),
        "employed": (people,) * 3,
        "ill": sick,
        "besides": besides,
        "away": (sick // 3, sick // 3, sick - 2 * (sick // 3)),
    }
    return Window(**said | more)


def tally(people: int, now: int, *earlier: int, **more: Any) -> Tally:
    """A unit of the same size throughout: episodes now, and in each earlier year."""
    return Tally(
        window(people, now, **more), {ago: window(people, n) for ago, n in enumerate(earlier, 1)}
    )


def poisson(chance: random.Random, mean: float) -> int:
    """A Poisson count: arrivals in a time."""
    count, at = 0, chance.expovariate(1)
    while at < mean:
        count, at = count + 1, at + chance.expovariate(1)
    return count


def integral(k: float, other: float, share: float, steps: int = 20_000) -> float:
    """The tail of a binomial between whole numbers, as the area under a beta density, in strips."""

    def height(at: float) -> float:
        return float(at ** (k - 1) * (1 - at) ** other)

    def area(upto: float) -> float:
        return sum(height((n + 0.5) / steps * upto) for n in range(steps)) * upto / steps

    return area(share) / area(1.0)
