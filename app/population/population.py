"""What was said of many people, as columns: absences, employments and their periods.

Pure. Days are proleptic ordinals (`date.toordinal`), people and employments indices from 0.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from app.absences.days import Part, pieces_of
from app.intake.event import KINDS

Ints = npt.NDArray[np.signedinteger[Any]]
Mask = npt.NDArray[np.bool_]

OPEN = date.max.toordinal()
"""The last day of what has none yet."""


class Periods(NamedTuple):
    """Employment periods, in any order: of which employment, first and last day (or `OPEN`)."""

    employment: Ints
    first: Ints
    last: Ints


NO_PERIODS = Periods(*(np.empty(0, np.int32) for _ in range(3)))


@dataclass(frozen=True, eq=False)
class Population:
    """Stretches of absence with one extent each, in any order, overlapping or not.

    `persons`: a name for each person. `person_of`: the person of each employment. The other
    columns, of one length: `employment`, `first` and `last` day (`OPEN` while it goes on),
    `extent` in percent, `kind` as a place in `KINDS`. An employment without a row in `periods` is
    not limited. Cancelled, incomplete and empty absences are left out by whoever fills this.
    """

    persons: Sequence[str]
    person_of: Ints
    employment: Ints
    first: Ints
    last: Ints
    extent: Ints
    kind: Ints
    periods: Periods = NO_PERIODS


def population_of(people: Mapping[str, Iterable[Part]]) -> Population:
    """The population of those people, each with what their employments say."""
    person_of: list[int] = []
    rows: list[tuple[int, int, int, int, int]] = []
    periods: list[tuple[int, int, int]] = []
    for person, parts in enumerate(people.values()):
        for part in parts:
            periods += [(len(person_of), p[0], OPEN if p[1] is None else p[1]) for p in part[1]]
            for absence in part.absences:
                if absence.cancelled or absence.first_day is None:
                    continue
                code = KINDS.index(absence.kind)
                rows += [(len(person_of), *run, code) for run in pieces_of(absence, OPEN)]
            person_of.append(person)
    employment, first, last, extent, kind = columns(rows, 5)
    return Population(
        persons=list(people),
        person_of=np.array(person_of, np.int32),
        employment=employment,
        first=first,
        last=last,
        extent=extent,
        kind=kind,
        periods=Periods._make(columns(periods, 3)),
    )


def columns(rows: Sequence[Sequence[int]], width: int) -> list[Ints]:
    """Rows of whole numbers as columns."""
    table = np.array(rows, np.int32).reshape(-1, width)
    return [np.ascontiguousarray(column) for column in table.T]
