"""All SQL of the population engine: stored absences as columns, by the chunk."""

import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import closing
from datetime import date
from itertools import chain
from typing import Any

import numpy as np
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    true,
)
from sqlalchemy.engine import Connection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from app.absences.days import pieces_of
from app.absences.fold import Absence
from app.absences.policy import periods_from_json
from app.absences.tables import Absence as AbsenceRow
from app.absences.tables import Employee as EmployeeRow
from app.core.sets import among, listed
from app.intake.event import KINDS
from app.population.population import OPEN, Ints, Periods, Population, columns

CHUNK = 5_000
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


class _Ordinal(FunctionElement[int]):
    """A day as an ordinal (`date.toordinal`)."""

    inherit_cache = True
    type = BigInteger()


@compiles(_Ordinal, "sqlite")
def _ordinal_on_sqlite(element: Any, compiler: Any, **given: Any) -> str:
    """Days of its own count begin at noon, long before."""
    return f"CAST(julianday({compiler.process(element.clauses, **given)}) - 1721424.5 AS INTEGER)"


@compiles(_Ordinal, "postgresql")
def _ordinal_on_postgresql(element: Any, compiler: Any, **given: Any) -> str:
    return f"CAST({compiler.process(element.clauses, **given)} - DATE '0001-01-01' + 1 AS BIGINT)"


_FIELDS = (22, 22, 7, 3)
"""The bits of a first and a last day, an extent and a kind."""


def _packed(*fields: Any) -> ColumnElement[int]:
    """In one number, which costs a driver far less than several values, or days."""
    packed = fields[0]
    for bits, field in zip(_FIELDS[1:], fields[1:], strict=True):
        packed = packed * literal_column(str(1 << bits)) + field
    return packed


_STRETCHES = select(
    AbsenceRow.employee_id,
    _packed(
        _Ordinal(AbsenceRow.first_day),
        func.coalesce(_Ordinal(AbsenceRow.last_day), literal_column(str(OPEN))),
        AbsenceRow.extent,
        case(
            {kind: literal_column(str(code)) for code, kind in enumerate(KINDS)},
            value=AbsenceRow.kind,
        ),
    ),
    func.nullif(cast(AbsenceRow.extents, Text), "[]"),
).where(
    AbsenceRow.tenant_id == bindparam("tenant"),
    AbsenceRow.cancelled.is_(False),
    AbsenceRow.first_day.is_not(None),
)


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


_TYPES = (np.int32, np.int32, np.int32, np.int8, np.int8)


def _in_columns(rows: Sequence[Any], places: dict[str, int]) -> list[Ints]:
    """Employment, first and last day, extent and kind of each stretch."""
    whose, packed, extents = zip(*rows, strict=True)
    employment = np.fromiter(map(places.__getitem__, whose), np.int32, len(rows))
    fields = _unpacked(np.array(packed, np.int64))
    found = [
        column.astype(kind) for column, kind in zip([employment, *fields], _TYPES, strict=True)
    ]
    changing = [place for place, said in enumerate(extents) if said is not None]
    if not changing:
        return found
    pieces = columns([row for place in changing for row in _pieces(found, place, extents)], 5)
    kept = [np.delete(column, changing) for column in found]
    both = zip(kept, pieces, strict=True)
    return [np.concatenate([one, other.astype(one.dtype)]) for one, other in both]


def _unpacked(packed: Ints) -> list[Ints]:
    fields: list[Ints] = []
    for bits in reversed(_FIELDS):
        fields.append(packed & ((1 << bits) - 1))
        packed = packed >> bits
    return fields[::-1]


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
