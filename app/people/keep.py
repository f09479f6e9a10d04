"""What becomes known of people and units, written over what was: what is not named stays."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection, Row

from app.core.crypt import KeyRing
from app.core.ids import new_id
from app.people import store
from app.people.sealed import (
    changed_contact,
    contact_place,
    hr_place,
    manager_place,
    number_place,
    seal_contact,
    seal_text,
)

OF_PERSONS = frozenset({"contact", "personal_number", "protected", "sex"})
"""Of what may be named of an employee, what is kept here."""
_UNKNOWN: dict[str, Any] = {
    "contact": None,
    "personal_number": None,
    "personal_hash": None,
    "protected": False,
    "sex": None,
}


def keep_persons(
    conn: Connection,
    keys: KeyRing,
    tenant_id: str,
    named: Mapping[str, Mapping[str, Any]],
    now: datetime,
) -> None:
    """Keep details of employees, by id; their rows are locked. Personal numbers are normalised.

    So are those of who has the same numbers already: they come to have the same hashes.
    """
    stored = store.person_rows(conn, tenant_id, named)
    numbers = {n for one in named.values() if (n := one.get("personal_number")) is not None}
    hashes = store.hash_for(conn, keys, tenant_id, numbers, now)
    every = store.every_hash(conn, keys, tenant_id, numbers)
    older = {old: hashes[n] for n, own in every.items() for old in own if old != hashes[n]}
    store.rehash(conn, tenant_id, older)
    store.save_persons(
        conn,
        tenant_id,
        [
            _person(keys, tenant_id, employee_id, stored.get(employee_id), values, hashes)
            for employee_id, values in named.items()
            if values
        ],
    )


def _person(
    keys: KeyRing,
    tenant_id: str,
    employee_id: str,
    stored: Row[Any] | None,
    named: Mapping[str, Any],
    hashes: Mapping[str, str],
) -> dict[str, Any]:
    known = {name: getattr(stored, name) for name in _UNKNOWN} if stored else _UNKNOWN
    row = {**known, **named, "employee_id": employee_id}
    if "contact" in named:
        where = contact_place(tenant_id, employee_id)
        contact = changed_contact(keys, known["contact"], named["contact"], where)
        row["contact"] = seal_contact(keys, contact, where)
    if "personal_number" in named:
        number = named["personal_number"]
        where = number_place(tenant_id, employee_id)
        row["personal_number"] = seal_text(keys, number, where)
        row["personal_hash"] = hashes[number] if number is not None else None
    return row


def keep_units(
    conn: Connection,
    keys: KeyRing,
    tenant_id: str,
    named: Mapping[str, Mapping[str, Any]],
    now: datetime,
) -> None:
    """Keep units by code; the tenant's row is locked, and their parents are sound.

    A list of managers is the whole list: whoever is not on it no longer leads.
    """
    stored = store.unit_rows(conn, tenant_id, named)
    leading = store.managers_of(conn, tenant_id, named)
    store.save_units(
        conn,
        tenant_id,
        [
            _unit(keys, tenant_id, unit, stored.get(unit), values, now)
            for unit, values in named.items()
        ],
    )
    managers, gone = [], []
    for unit, values in named.items():
        if "managers" in values:
            rows, left = _managers(keys, tenant_id, unit, leading.get(unit, []), values["managers"])
            managers += rows
            gone += left
    store.remove_managers(conn, tenant_id, gone)
    store.save_managers(conn, tenant_id, managers)


def _unit(
    keys: KeyRing,
    tenant_id: str,
    unit: str,
    stored: Row[Any] | None,
    named: Mapping[str, Any],
    now: datetime,
) -> dict[str, Any]:
    row: dict[str, Any] = {
        "unit": unit,
        "unit_id": new_id("unt"),
        "parent": None,
        "hr_contact": None,
        "hr_has_email": False,
        "closures": [],
        "alignment_from_day": None,
        "created_at": now,
    }
    if stored is not None:
        row = {name: getattr(stored, name) for name in row}
    plain = ("parent", "closures", "alignment_from_day")
    row |= {name: named[name] for name in plain if name in named}
    if "hr_fallback" in named:
        where = hr_place(tenant_id, row["unit_id"])
        contact = changed_contact(keys, row["hr_contact"], named["hr_fallback"], where)
        row["hr_contact"] = seal_contact(keys, contact, where)
        row["hr_has_email"] = "email" in contact
    return row


def _managers(
    keys: KeyRing,
    tenant_id: str,
    unit: str,
    stored: Sequence[Row[Any]],
    named: Sequence[Mapping[str, Any]],
) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows of a unit's managers, and the ids of those who left.

    Who has the same employment number and first day is the same manager, with the same id.
    """
    before = {(row.number, row.since): row for row in stored}
    rows = []
    for one in named:
        number, since = one.get("employee"), date.fromisoformat(one["since"])
        same = before.pop((number, since), None)
        row: dict[str, Any] = {
            "manager_id": same.manager_id if same else new_id("mgr"),
            "unit": unit,
            "number": number,
            "since": since,
            "contact": same.contact if same else None,
            "has_email": same.has_email if same else False,
        }
        if "contact" in one:
            where = manager_place(tenant_id, row["manager_id"])
            contact = changed_contact(keys, row["contact"], one["contact"], where)
            row["contact"] = seal_contact(keys, contact, where)
            row["has_email"] = "email" in contact
        rows.append(row)
    return rows, [row.manager_id for row in before.values()]
