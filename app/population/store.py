"""All SQL of the population engine: stored absences as columns, by the chunk."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Text, bindparam, cast, func, select, true, type_coerce
from sqlalchemy.engine import Connection

from app.absences.days import pieces_of
from app.absences.fold import Absence
from app.absences.policy import periods_from_json
from app.absences.tables import Absence as AbsenceRow
from app.absences.tables import Employee as EmployeeRow
from app.core.sets import among, listed
from app.intake.event import KINDS
from app.population.population import OPEN, Ints, Periods, Population, columns

CHUNK = 20_000
"""Rows held as objects at a time."""

_EMPLOYMENTS = (
    select(
        EmployeeRow.employee_id,
        EmployeeRow.person_id,
        func.nullif(cast(EmployeeRow.employment, Text), "[]"),
    )
    .where(EmployeeRow.tenant_id == bindparam("tenant"))
    .order_by(EmployeeRow.employee_id)
)
_STRETCHES = select(
    AbsenceRow.employee_id,
    type_coerce(AbsenceRow.first_day, Text),
    type_coerce(AbsenceRow.last_day, Text),
    AbsenceRow.kind,
    AbsenceRow.extent,
    func.nullif(cast(AbsenceRow.extents, Text), "[]"),
).where(
    AbsenceRow.tenant_id == bindparam("tenant"),
    AbsenceRow.cancelled.is_(False),
    AbsenceRow.first_day.is_not(None),
)
_CODES = {kind: code for code, kind in enumerate(KINDS)}


def read_population(
    conn: Connection, tenant_id: str, ids: Collection[str] | None = None
) -> Population:
    """Everybody of a tenant, or the employees of those ids, with what is stored of them.

    `persons` are the names by which a person's employments know each other (`Employee.person`).
    Of somebody with several employments all are read that are among the ids.
    """
    given = {"tenant": tenant_id} | ({} if ids is None else {"ids": listed(ids)})
    places: dict[str, int] = {}
    persons: dict[str, int] = {}
    person_of: list[int] = []
    periods: list[tuple[int, int, int]] = []
    employed = _chunks(conn, _EMPLOYMENTS.where(_asked(ids, EmployeeRow.employee_id)), given)
    for employee_id, person_id, stored in chain.from_iterable(employed):
        place = places[employee_id] = len(places)
        person_of.append(persons.setdefault(person_id or employee_id, len(persons)))
        if stored is not None:
            said = periods_from_json(json.loads(stored))
            periods += [(place, first, OPEN if last is None else last) for first, last in said]
    chunks = _chunks(conn, _STRETCHES.where(_asked(ids, AbsenceRow.employee_id)), given)
    employment, first, last, extent, kind = _joined(_in_columns(chunk, places) for chunk in chunks)
    return Population(
        persons=list(persons),
        person_of=np.array(person_of, np.int32),
        employment=employment,
        first=first,
        last=last,
        extent=extent,
        kind=kind,
        periods=Periods._make(columns(periods, 3)),
    )


def _chunks(conn: Connection, wanted: Any, given: dict[str, str]) -> Iterator[Sequence[Any]]:
    """Rows, some thousand at a time; from SQLite as its driver gives them.

    The library would make an object of each, which takes several times as long as to read it.
    """
    if conn.dialect.name == "sqlite":
        # Not as a stream: of that the library has read a row before it is asked for any.
        with closing(conn.execute(wanted, given)) as found:
            while rows := found.cursor.fetchmany(CHUNK):
                yield rows
        return
    with closing(conn.execute(wanted, given, execution_options={"stream_results": True})) as found:
        yield from found.partitions(CHUNK)


def _asked(ids: Collection[str] | None, column: Any) -> ColumnElement[bool]:
    return true() if ids is None else among("ids", column)


class _Ordinals(dict[Any, int]):
    """Days as stored, or as the driver gives them, as ordinals; each is read once."""

    def __missing__(self, stored: str | date | None) -> int:
        if stored is None:
            found = OPEN
        else:
            day = stored if isinstance(stored, date) else date.fromisoformat(stored)
            found = day.toordinal()
        self[stored] = found
        return found


_ORDINALS = _Ordinals()
_TYPES = (np.int32, np.int32, np.int32, np.int8, np.int8)


def _in_columns(rows: Sequence[Any], places: dict[str, int]) -> list[Ints]:
    """Employment, first and last day, extent and kind of each stretch."""
    whose, first, last, kind, extent, extents = zip(*rows, strict=True)
    count = len(rows)
    found: list[Ints] = [
        np.fromiter(map(places.__getitem__, whose), np.int32, count),
        np.fromiter(map(_ORDINALS.__getitem__, first), np.int32, count),
        np.fromiter(map(_ORDINALS.__getitem__, last), np.int32, count),
        np.array(extent, np.int8),
        np.fromiter(map(_CODES.__getitem__, kind), np.int8, count),
    ]
    changing = [place for place, said in enumerate(extents) if said is not None]
    if not changing:
        return found
    pieces = columns([row for place in changing for row in _pieces(found, place, extents)], 5)
    kept = [np.delete(column, changing) for column in found]
    both = zip(kept, pieces, strict=True)
    return [np.concatenate([one, other.astype(one.dtype)]) for one, other in both]


def _pieces(found: Sequence[Ints], place: int, extents: Sequence[str]) -> Iterator[Sequence[int]]:
    """The stretches of an absence whose extent changes."""
    whose, first, last, extent, kind = (int(column[place]) for column in found)
    changes = tuple((date.fromisoformat(day), said) for day, said in json.loads(extents[place]))
    absence = Absence(
        date.fromordinal(first), date.fromordinal(last), extent=extent, extents=changes
    )
    return ((whose, *piece, kind) for piece in pieces_of(absence, OPEN))


def _joined(chunks: Iterable[Sequence[Ints]]) -> list[Ints]:
    nothing = [np.empty(0, kind) for kind in _TYPES]
    return [np.concatenate(column) for column in zip(nothing, *chunks, strict=True)]
