"""Chance from a seed, the same on every machine.

Only the generator's own fractions, comparisons and the four operations are used, which IEEE 754
settles to the last bit; logarithms and powers are left to each machine's library, so none are
taken. Distributions are tables for the same reason, and because a table can be read.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Table = Sequence[tuple[float, float]]
"""A distribution by its quantiles: (share of all, value), from 0 to 1, both rising."""


def stream(seed: int, *purpose: int) -> np.random.Generator:
    """The generator for one purpose: what is drawn for another does not change it."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence([seed, *purpose])))


def drawn(table: Table, fractions: Floats) -> Floats:
    """The value at each of those fractions (0 to 1), in between on a straight line."""
    shares, values = (np.array(column) for column in zip(*table, strict=True))
    slopes = np.diff(values) / np.diff(shares)
    place = np.minimum(np.searchsorted(shares, fractions, side="right") - 1, len(slopes) - 1)
    return np.asarray(values[place] + (fractions - shares[place]) * slopes[place])


def whole(values: Any) -> Ints:
    """Rounded down."""
    return np.asarray(np.floor(values)).astype(np.int64)
