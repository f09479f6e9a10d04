"""What the employer is shown of employees and units."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy.engine import Connection, Row

from app.core.crypt import KeyRing
from app.intake.schemas import FieldErrorOut
from app.people.roster import Roster
from app.people.schemas import (
    EmployeeOut,
    RosterCounts,
    RosterDetected,
    RosterOut,
    RosterRow,
    UnitOut,
)
from app.people.sealed import MEMBERS, hr_place, manager_place, open_contact
from app.people.store import managers_of


def shown_employee(
    row: Row[Any], details: Row[Any] | None, same_person: Sequence[str]
) -> EmployeeOut:
    """An employee; of contact and personal number nothing but that they are there."""
    return EmployeeOut.model_validate(
        {
            "id": row.employee_id,
            "employee": row.number,
            "unit": row.unit,
            "employment": row.employment,
            "same_person": same_person,
            "protected": details is not None and details.protected,
            "has_contact": details is not None and details.contact is not None,
            "has_personal_number": details is not None and details.personal_number is not None,
        }
    )


def shown_roster(roster: Roster, ids: Mapping[str, str], known: Collection[str]) -> RosterOut:
    """What became of a roster.

    `ids`: of those who were kept, by number; `known`: the numbers that were there before.
    """
    rows = [
        RosterRow(
            row=row.number,
            status="error" if row.errors else "updated" if row.employee in known else "created",
            employee_id=None if row.errors or row.employee is None else ids[row.employee],
            errors=[
                FieldErrorOut(pointer=e.pointer, code=e.code, detail=e.detail) for e in row.errors
            ],
        )
        for row in roster.rows
    ]
    counts = RosterCounts(
        rows=len(rows),
        errors=sum(row.status == "error" for row in rows),
        created=len(ids.keys() - known),
        updated=len(ids.keys() & known),
    )
    detected = RosterDetected(
        encoding=roster.encoding,
        delimiter=roster.delimiter,
        columns=list(roster.columns),
        passed_over=list(roster.passed_over),
    )
    return RosterOut(counts=counts, detected=detected, rows=rows)


def shown_units(
    conn: Connection, keys: KeyRing, tenant_id: str, rows: Sequence[Row[Any]]
) -> list[UnitOut]:
    """Units with the contacts of their managers and HR, opened. Raises CannotDecrypt."""
    managers = managers_of(conn, tenant_id, [row.unit for row in rows])
    return [_unit(keys, tenant_id, row, managers.get(row.unit, ())) for row in rows]


def _unit(keys: KeyRing, tenant_id: str, row: Row[Any], managers: Sequence[Row[Any]]) -> UnitOut:
    return UnitOut.model_validate(
        {
            "id": row.unit_id,
            "unit": row.unit,
            "parent": row.parent,
            "managers": [_manager(keys, tenant_id, manager) for manager in managers],
            "hr_fallback": _contact(keys, row.hr_contact, hr_place(tenant_id, row.unit_id)),
            "closures": row.closures,
            "alignment_from_day": row.alignment_from_day,
        }
    )


def _manager(keys: KeyRing, tenant_id: str, row: Row[Any]) -> dict[str, Any]:
    where = manager_place(tenant_id, row.manager_id)
    return {
        "id": row.manager_id,
        "employee": row.number,
        "contact": _contact(keys, row.contact, where),
        "from": row.since,
    }


def _contact(keys: KeyRing, stored: str | None, where: str) -> dict[str, str | None] | None:
    if stored is None:
        return None
    known = open_contact(keys, stored, where)
    return {member: known.get(member) for member in MEMBERS}
