"""All SQL about employees."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from msgspec import Struct
from sqlalchemy import bindparam, func, select, update
from sqlalchemy.engine import Connection, Row
from sqlalchemy.orm import aliased

from app.absences.policy import EmploymentForm, Period, forms_from_json, periods_from_json
from app.absences.tables import Employee as EmployeeRow
from app.core.db import the_one
from app.core.ids import new_ids
from app.core.pages import Cut, cut_page
from app.core.rows import add_rows, instant_form, one_writes_at_a_time
from app.core.sets import among, listed


class Employee(Struct, frozen=True, gc=False):
    """An employee as stored. `forms`: of each period of employment, where it is known."""

    employee_id: str
    number: str
    unit: str | None
    employment: tuple[Period, ...]
    silent_through: int | None
    person_id: str | None = None
    due_on: date | None = None
    forms: tuple[EmploymentForm | None, ...] = ()

    @property
    def person(self) -> str:
        """Whom it is judged with: the same for all employments of one person."""
        return self.person_id or self.employee_id


_MINE = EmployeeRow.tenant_id == bindparam("tenant")
_BELONGING = select(EmployeeRow.number, EmployeeRow.person_id)
_NUMBERED = _BELONGING.where(_MINE, among("numbers", EmployeeRow.number))
_IDS = select(EmployeeRow.number, EmployeeRow.employee_id).where(
    _MINE, among("numbers", EmployeeRow.number)
)
_IDS_LOCKED = _IDS.order_by(EmployeeRow.number).with_for_update()
_KNOWN = _BELONGING.where(_MINE, among("ids", EmployeeRow.employee_id))
_LOCKED = (
    select(EmployeeRow.__table__)
    .where(_MINE, among("numbers", EmployeeRow.number))
    .order_by(EmployeeRow.number)
    .with_for_update()
)
_CREATED = ("tenant_id", "employee_id", "number", "employment", "created_at")
_DUE = (
    update(EmployeeRow)
    .where(_MINE, among("ids", EmployeeRow.employee_id))
    .where(EmployeeRow.due_on.is_distinct_from(bindparam("day")))
    .values(due_on=bindparam("day"))
)


def take_employees(
    conn: Connection,
    tenant_id: str,
    numbers: Iterable[str],
    now: datetime,
    *,
    besides: Collection[str] = (),
) -> dict[str, Employee]:
    """The employees of those numbers, locked; unknown ones are created with the number alone.

    With an employee all employments of the person are locked; `besides`: ids of others who are
    locked with them, and not answered. Everything is done in the order of
    the numbers, so that two processes never wait for each other in a circle.
    """
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    known = {
        row.number: row.person_id
        for row in conn.execute(_NUMBERED, {"tenant": tenant_id, "numbers": listed(wanted)})
    }
    _create(conn, tenant_id, [number for number in wanted if number not in known], now)
    asked = set(wanted)
    others = employees_of(conn, tenant_id, besides).values() if besides else ()
    found = _locked(
        conn,
        tenant_id,
        asked | {other.number for other in others},
        {person for person in (*known.values(), *(o.person_id for o in others)) if person},
    )
    return {employee.number: employee for employee in found if employee.number in asked}


def take_ids(
    conn: Connection, tenant_id: str, numbers: Iterable[str], now: datetime
) -> dict[str, str]:
    """The ids of the employees of those numbers, as `take_employees`; these rows alone are locked.

    That is enough for whoever stores and does not judge.
    """
    wanted = sorted(set(numbers))
    asked = {"tenant": tenant_id, "numbers": listed(wanted)}
    ids = _pairs(conn.execute(_IDS, asked).all())
    ids |= _create(conn, tenant_id, [number for number in wanted if number not in ids], now)
    if one_writes_at_a_time(conn):
        return ids
    return _pairs(conn.execute(_IDS_LOCKED, asked).all())


def _pairs(rows: Iterable[Row[str, str]]) -> dict[str, str]:
    return {number: employee_id for number, employee_id in rows}  # noqa: C416 - a row has keys()


def _create(
    conn: Connection, tenant_id: str, numbers: Sequence[str], now: datetime
) -> dict[str, str]:
    """Employees of those numbers, in their order; who is there meanwhile stays as it is."""
    ids = dict(zip(numbers, new_ids("emp", len(numbers)), strict=True))
    at = instant_form(conn)(now)
    rows = [(tenant_id, employee_id, number, "[]", at) for number, employee_id in ids.items()]
    add_rows(conn, EmployeeRow, _CREATED, rows)
    return ids


def lock_employees(conn: Connection, tenant_id: str, ids: Collection[str]) -> list[Employee]:
    """Those of the ids that exist, locked before their history is read.

    With an employee all employments of the person are locked.
    """
    asked = set(ids)
    known = conn.execute(_KNOWN, {"tenant": tenant_id, "ids": listed(asked)}).all()
    found = _locked(
        conn,
        tenant_id,
        {row.number for row in known},
        {row.person_id for row in known if row.person_id},
    )
    return [employee for employee in found if employee.employee_id in asked]


def _locked(
    conn: Connection, tenant_id: str, numbers: Collection[str], persons: Collection[str]
) -> list[Employee]:
    """The employees of those numbers and all employments of those persons, locked in one go.

    Who changes which employments are one person's has locked them all. So what the locked rows
    say of it stays true; only what was read before may have changed while waiting for them.
    """
    every = set(numbers) | _numbers_of(conn, tenant_id, persons)
    while True:
        rows = conn.execute(_LOCKED, {"tenant": tenant_id, "numbers": listed(every)}).all()
        found = [employee_from(row) for row in rows]
        missing = _numbers_of(conn, tenant_id, {e.person_id for e in found if e.person_id}) - every
        if not missing:
            return found
        # Out of order, which may make two wait for each other: the database ends one of them.
        every |= missing


def _numbers_of(conn: Connection, tenant_id: str, persons: Collection[str]) -> set[str]:
    return {employee.number for employee in members_of(conn, tenant_id, persons)}


def members_of(conn: Connection, tenant_id: str, persons: Collection[str]) -> list[Employee]:
    """All employments of those persons, in the order of the numbers."""
    if not persons:
        return []
    rows = conn.execute(
        select(EmployeeRow.__table__)
        .where(EmployeeRow.tenant_id == tenant_id, EmployeeRow.person_id.in_(persons))
        .order_by(EmployeeRow.number)
    )
    return [employee_from(row) for row in rows]


def due_employees(
    conn: Connection, tenant_id: str, today: date, limit: int, *, lock: bool
) -> list[str]:
    """Some employees whose day has come; locked, those that another process is at are skipped."""
    due = (
        select(EmployeeRow.employee_id)
        .where(EmployeeRow.tenant_id == tenant_id, EmployeeRow.due_on <= today)
        .order_by(EmployeeRow.number)
        .limit(limit)
    )
    return list(conn.scalars(due.with_for_update(skip_locked=True) if lock else due))


def employee_row(conn: Connection, tenant_id: str, employee_id: str) -> Row[Any]:
    """One employee; raises NotFound."""
    return the_one(
        conn,
        select(EmployeeRow.__table__).where(
            EmployeeRow.tenant_id == tenant_id, EmployeeRow.employee_id == employee_id
        ),
    )


def employee_of(conn: Connection, tenant_id: str, employee_id: str) -> Employee:
    """One employee as a value; raises NotFound."""
    return employee_from(employee_row(conn, tenant_id, employee_id))


def employees_of(
    conn: Connection, tenant_id: str, employee_ids: Collection[str]
) -> dict[str, Employee]:
    """Those employees by id, as values, without a lock."""
    rows = conn.execute(
        select(EmployeeRow.__table__).where(
            EmployeeRow.tenant_id == tenant_id, EmployeeRow.employee_id.in_(employee_ids)
        )
    )
    return {row.employee_id: employee_from(row) for row in rows}


def employees_page(
    conn: Connection, tenant_id: str, cut: Cut, *, number: str | None, unit: str | None
) -> tuple[list[Row[Any]], str | None]:
    """One page of the employees with that number and that unit, where given."""
    rows = select(EmployeeRow.__table__).where(EmployeeRow.tenant_id == tenant_id)
    if number is not None:
        rows = rows.where(EmployeeRow.number == number)
    if unit is not None:
        rows = rows.where(EmployeeRow.unit == unit)
    return cut_page(conn, rows, EmployeeRow.employee_id, cut)


def employee_from(row: Row[Any]) -> Employee:
    """An employee as a value."""
    silent = row.silent_through
    return Employee(
        row.employee_id,
        row.number,
        row.unit,
        periods_from_json(row.employment),
        silent.toordinal() if silent else None,
        row.person_id,
        row.due_on,
        forms_from_json(row.employment),
    )


def rows_by_number(
    conn: Connection, tenant_id: str, numbers: Collection[str]
) -> dict[str, Row[Any]]:
    """Those of the numbers that are known, without a lock."""
    rows = conn.execute(
        select(EmployeeRow.__table__).where(
            EmployeeRow.tenant_id == tenant_id, EmployeeRow.number.in_(numbers)
        )
    )
    return {row.number: row for row in rows}


def describe_employees(
    conn: Connection, tenant_id: str, described: Mapping[str, Mapping[str, Any]]
) -> None:
    """Overwrite what is known of employees, by id; nothing of who has no values."""
    alike: defaultdict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for employee_id, values in described.items():
        alike[tuple(sorted(values))].append({"described": employee_id, **values})
    mine = (EmployeeRow.tenant_id == tenant_id, EmployeeRow.employee_id == bindparam("described"))
    for names, rows in alike.items():
        if names:
            changed = update(EmployeeRow).where(*mine)
            conn.execute(changed.values({name: bindparam(name) for name in names}), rows)


@dataclass(frozen=True, slots=True)
class Belonging:
    """With whom an employment is judged as things stand, and whom somebody joined it with."""

    employee_id: str
    person_id: str | None
    joined_as: str | None


def belonging(conn: Connection, tenant_id: str, ids: Collection[str]) -> list[Belonging]:
    """Those employees and all employments of the same persons, in the order of the numbers."""
    mine = EmployeeRow.tenant_id == tenant_id
    asked = EmployeeRow.employee_id.in_(ids)
    persons = select(EmployeeRow.person_id).where(mine, asked, EmployeeRow.person_id.is_not(None))
    together = EmployeeRow.person_id.in_(set(conn.scalars(persons)))
    rows = conn.execute(
        select(EmployeeRow.employee_id, EmployeeRow.person_id, EmployeeRow.joined_as)
        .where(mine, asked | together)
        .order_by(EmployeeRow.number)
    )
    return [Belonging(row.employee_id, row.person_id, row.joined_as) for row in rows]


def set_belonging(conn: Connection, tenant_id: str, column: str, by_id: Mapping[str, Any]) -> None:
    """Overwrite `person_id` or `joined_as` of employees."""
    alike: defaultdict[str | None, list[str]] = defaultdict(list)
    for employee_id, value in by_id.items():
        alike[value].append(employee_id)
    for value, ids in alike.items():
        conn.execute(
            update(EmployeeRow)
            .where(EmployeeRow.tenant_id == tenant_id, EmployeeRow.employee_id.in_(ids))
            .values({column: value})
        )


def silence_through(conn: Connection, tenant_id: str, ids: Collection[str], through: date) -> None:
    """Triggers up to that day do not act; a later day stays as it is."""
    lock_employees(conn, tenant_id, ids)
    conn.execute(
        update(EmployeeRow)
        .where(EmployeeRow.tenant_id == tenant_id, among("ids", EmployeeRow.employee_id))
        .where(EmployeeRow.silent_through.is_(None) | (EmployeeRow.silent_through < through))
        .values(silent_through=through),
        {"ids": listed(ids)},
    )


def set_due(conn: Connection, tenant_id: str, due: Mapping[str, date | None]) -> None:
    """When to look again at each employee."""
    by_day: defaultdict[date | None, list[str]] = defaultdict(list)
    for employee_id, day in due.items():
        by_day[day].append(employee_id)
    for day, ids in by_day.items():
        conn.execute(_DUE, {"tenant": tenant_id, "ids": listed(ids), "day": day})


def all_due(
    conn: Connection, tenant_id: str, today: date, units: Collection[str] | None = None
) -> None:
    """Look at everybody again, or at everybody of those units: what rules may do has changed.

    Locked in the order of the numbers first, as everywhere. A person is due once, in the first
    row: who takes that one to work waits for the others in the order in which all do.
    """
    mine = EmployeeRow.tenant_id == tenant_id
    concerned = EmployeeRow.person_id.is_(None) | (EmployeeRow.person_id == EmployeeRow.employee_id)
    given = {}
    if units is not None:
        member = aliased(EmployeeRow)
        persons = select(func.coalesce(member.person_id, member.employee_id)).where(
            member.tenant_id == tenant_id, among("units", member.unit)
        )
        concerned &= EmployeeRow.employee_id.in_(persons)
        given = {"units": listed(units)}
    rows = (
        select(EmployeeRow.employee_id)
        .where(mine, concerned)
        .order_by(EmployeeRow.number)
        .with_for_update(of=EmployeeRow)
    )
    conn.execute(
        update(EmployeeRow)
        .where(EmployeeRow.tenant_id == tenant_id, EmployeeRow.employee_id.in_(rows))
        .values(due_on=today),
        given,
    )


def units_with_employees(conn: Connection, tenant_id: str, units: Collection[str]) -> set[str]:
    """Those of the units that some employee is in."""
    rows = select(EmployeeRow.unit).where(
        EmployeeRow.tenant_id == tenant_id, EmployeeRow.unit.in_(units)
    )
    return {unit for unit in conn.scalars(rows.distinct()) if unit is not None}
