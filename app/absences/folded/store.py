"""All SQL about absences, each kept as the fold of its events so far."""

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence, Set
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from msgspec import Struct
from sqlalchemy import Date, Text, bindparam, cast, func, literal, select, type_coerce
from sqlalchemy.engine import Connection, Row

from app.absences.fold import Absence
from app.absences.tables import Absence as AbsenceRow
from app.absences.tables import Employee as EmployeeRow
from app.core.rows import COPIED_FROM, insert_rows, instant_form, make_sizes_known, replace_rows
from app.core.rows import Row as Values
from app.core.sets import among, listed
from app.intake.tables import Event as EventRow

AbsenceKey = tuple[str, str, str]
"""Employee id, source, the source's name for the absence."""


class Folded(Struct, frozen=True, gc=False):
    """An absence with the place, in fold order, of the last event in it."""

    absence: Absence
    order: tuple[datetime, str]


_OF_EMPLOYEES = select(AbsenceRow.__table__).where(
    AbsenceRow.tenant_id == bindparam("tenant"), among("ids", AbsenceRow.employee_id)
)


def load_absences(
    conn: Connection, tenant_id: str, ids: Collection[str]
) -> dict[AbsenceKey, Folded]:
    """Every absence of those employees."""
    rows = conn.execute(_OF_EMPLOYEES, {"tenant": tenant_id, "ids": listed(ids)}).all()
    return {(r.employee_id, r.source, r.absence): _folded(r) for r in rows}


_SOME = select(AbsenceRow.__table__).where(
    AbsenceRow.tenant_id == bindparam("tenant"),
    among("keys", AbsenceRow.employee_id, AbsenceRow.source, AbsenceRow.absence),
)


_AS_TOLD = select(
    AbsenceRow.employee_id,
    type_coerce(AbsenceRow.first_day, Text),
    type_coerce(AbsenceRow.last_day, Text),
    AbsenceRow.kind,
    AbsenceRow.extent,
    cast(AbsenceRow.extents, Text),
    AbsenceRow.cancelled,
).where(AbsenceRow.tenant_id == bindparam("tenant"), among("ids", AbsenceRow.employee_id))


def absences_of(
    conn: Connection, tenant_id: str, ids: Collection[str]
) -> defaultdict[str, list[Absence]]:
    """Every absence of those employees, by employee; what is read most is read with least ado."""
    found: defaultdict[str, list[Absence]] = defaultdict(list)
    for whose, first, last, kind, extent, extents, cancelled in conn.execute(
        _AS_TOLD, {"tenant": tenant_id, "ids": listed(ids)}
    ).all():
        changes = () if extents == "[]" else _extents(json.loads(extents))
        said = Absence(_day(first), _day(last), kind, extent, changes, cancelled)
        found[whose].append(said)
    return found


@lru_cache(maxsize=65536)
def _day(stored: str | date | None) -> date | None:
    """SQLite keeps a day as text; a few thousand of them are all there are."""
    return date.fromisoformat(stored) if isinstance(stored, str) else stored


def _extents(stored: Iterable[tuple[str, int]]) -> tuple[tuple[date, int], ...]:
    return tuple((date.fromisoformat(day), extent) for day, extent in stored)


_LAST_DAYS = (
    select(
        AbsenceRow.employee_id,
        type_coerce(func.max(func.coalesce(AbsenceRow.last_day, literal(date.max, Date))), Text),
    )
    .where(AbsenceRow.tenant_id == bindparam("tenant"), among("ids", AbsenceRow.employee_id))
    .group_by(AbsenceRow.employee_id)
)


def last_days(conn: Connection, tenant_id: str, ids: Collection[str]) -> dict[str, int]:
    """The latest last day of anything said of each employee; of what has none, the end of days."""
    rows = conn.execute(_LAST_DAYS, {"tenant": tenant_id, "ids": listed(ids)}).all()
    return {whose: day.toordinal() for whose, last in rows if (day := _day(last))}


def load_some_absences(
    conn: Connection, tenant_id: str, keys: Sequence[AbsenceKey]
) -> dict[AbsenceKey, Folded]:
    """The absences of those keys that exist."""
    rows = conn.execute(_SOME, {"tenant": tenant_id, "keys": listed(keys)}).all()
    return {(r.employee_id, r.source, r.absence): _folded(r) for r in rows}


def _folded(row: Row[Any]) -> Folded:
    absence = Absence(
        row.first_day,
        row.last_day,
        row.kind,
        row.extent,
        _extents(row.extents),
        row.cancelled,
    )
    return Folded(absence, (row.folded_at, row.folded_id))


_SAID = ("first_day", "last_day", "kind", "extent", "extents", "cancelled")
_FOLDED = (*_SAID, "folded_at", "folded_id")
_COLUMNS = ("tenant_id", "employee_id", "source", "absence", *_FOLDED)


def save_absences(
    conn: Connection,
    tenant_id: str,
    folded: Mapping[AbsenceKey, Folded],
    known: Set[AbsenceKey],
    *,
    guessed: bool = False,
) -> None:
    """Store absences, new or changed; `known`: those of them that are stored already.

    `guessed`: others are only taken to be new; one that is not is an IntegrityError.
    """
    stored = instant_form(conn)
    # Few go in one statement, whether new or not: their employees are locked, and it has been asked
    # which are known. All in the order of the key: neighbours in it lie on the same page.
    apart = guessed or len(folded) >= COPIED_FROM
    fresh = sorted(folded.keys() - known) if apart else []
    changed = sorted(known if apart else folded)
    insert_rows(conn, AbsenceRow, _COLUMNS, _rows(tenant_id, folded, fresh, stored), len(fresh))
    rows = list(_rows(tenant_id, folded, changed, stored))
    replace_rows(conn, AbsenceRow, _COLUMNS, _FOLDED, rows)
    make_sizes_known(conn, len(folded), EmployeeRow, EventRow, AbsenceRow)


def _rows(
    tenant_id: str,
    folded: Mapping[AbsenceKey, Folded],
    keys: Iterable[AbsenceKey],
    stored: Callable[[datetime], str],
) -> Iterator[Values]:
    for key in keys:
        absence, (at, folded_id) = folded[key].absence, folded[key].order
        yield (
            tenant_id,
            *key,
            absence.first_day.isoformat() if absence.first_day else None,
            absence.last_day.isoformat() if absence.last_day else None,
            absence.kind,
            absence.extent,
            _extents_text(absence.extents) if absence.extents else "[]",
            absence.cancelled,
            stored(at),
            folded_id,
        )


def _extents_text(extents: Iterable[tuple[date, int]]) -> str:
    return listed([[day.isoformat(), percent] for day, percent in extents])
