"""A simulated population in columns: unsorted stretches of absence over three years.

Three in ten are never ill; the others have a number of absences that is negative binomial, some
seven and a half on the average of all. One in a hundred is a report that overlaps or continues
another, as payroll months and second sources bring them. The same for the same seed.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import numpy as np

from app.intake.event import KINDS
from app.population.population import Population

AS_OF = date(2026, 6, 30).toordinal()
YEARS = 3 * 365
_LENGTHS = np.array([1] * 44 + [2] * 18 + [3] * 10 + [4] * 6 + [5] * 5 + [8, 10, 12, 20, 45])


class Numbers(Sequence[str]):
    """Names that are numbers, made when they are asked for."""

    def __init__(self, count: int) -> None:
        self._range = range(count)

    def __len__(self) -> int:
        return len(self._range)

    def __getitem__(self, place: Any) -> Any:
        return f"{self._range[place]}"


def population(persons: int, seed: int = 1) -> Population:
    """So many people, with their absences in no order."""
    dice = np.random.default_rng(seed)
    often = np.where(dice.random(persons) < 0.3, 0.0, dice.gamma(1.5, 7.1, persons))
    counts = dice.poisson(often)
    person = np.repeat(np.arange(persons, dtype=np.int32), counts)
    first = dice.integers(AS_OF - YEARS + 1, AS_OF + 1, len(person), dtype=np.int32)
    last = first + dice.choice(_LENGTHS, len(person)).astype(np.int32) - 1
    last = np.minimum(last, np.int32(AS_OF))
    again = np.flatnonzero(dice.random(len(person)) < 0.01)
    first = np.concatenate([first, last[again]])
    last = np.concatenate([last, last[again] + 2])
    person = np.concatenate([person, person[again]])
    order = dice.permutation(len(person))
    return Population(
        persons=Numbers(persons),
        person_of=np.arange(persons, dtype=np.int32),
        employment=person[order],
        first=first[order],
        last=np.minimum(last, np.int32(AS_OF))[order],
        extent=np.full(len(person), 100, np.int8),
        kind=np.full(len(person), KINDS.index("sickness"), np.int8),
    )
