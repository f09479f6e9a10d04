"""All SQL about people's details, units and their managers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.engine import Connection, Row

from app.absences.store import Employee, employees_of, members_of
from app.core.crypt import CannotDecrypt, KeyRing
from app.core.db import insert_or_replace
from app.core.ids import new_id
from app.core.pages import Cut, cut_page
from app.people.sealed import (
    MEMBERS,
    contact_place,
    hr_place,
    manager_place,
    match_hash,
    new_match_secret,
    number_place,
    open_contact,
    open_text,
    secret_place,
)
from app.people.tables import MatchKey, Person, UnitManager
from app.people.tables import Unit as UnitRow
from app.people.together import lasting
from app.people.units import Manager, Unit, Units

_AT_ONCE = 500


def load_units(conn: Connection, tenant_id: str) -> Units:
    """All units of a tenant as values; nobody's contact is opened."""
    columns = (UnitRow.unit, UnitRow.parent, UnitRow.hr_has_email, UnitRow.closures)
    units = select(*columns, UnitRow.alignment_from_day).where(UnitRow.tenant_id == tenant_id)
    leading = (UnitManager.unit, UnitManager.manager_id, UnitManager.since, UnitManager.number)
    managers: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    rows: Iterable[Row[Any]] = conn.execute(
        select(*leading, UnitManager.has_email)
        .where(UnitManager.tenant_id == tenant_id)
        .order_by(UnitManager.since, UnitManager.manager_id)
    )
    for row in rows:
        managers[row.unit].append(row)
    found: Iterable[Row[Any]] = conn.execute(units)
    return Units(_unit(row, managers[row.unit]) for row in found)


def _unit(row: Row[Any], managers: Iterable[Row[Any]]) -> Unit:
    return Unit(
        row.unit,
        row.parent,
        tuple(Manager(m.manager_id, m.since, m.number, m.has_email) for m in managers),
        row.hr_has_email,
        tuple((_ordinal(c["first_day"]), _ordinal(c["last_day"])) for c in row.closures),
        row.alignment_from_day,
    )


def _ordinal(day: str) -> int:
    return date.fromisoformat(day).toordinal()


def mail_address(conn: Connection, keys: KeyRing, tenant_id: str, recipient: str) -> str | None:
    """The e-mail address of `manager:<id>` or `hr:<unit>`, for sending to it at once.

    None when there is none (any more). Raises CannotDecrypt.
    """
    kind, _, name = recipient.partition(":")
    if kind == "manager":
        row = conn.execute(
            select(UnitManager.manager_id, UnitManager.contact).where(
                UnitManager.tenant_id == tenant_id, UnitManager.manager_id == name
            )
        ).one_or_none()
        where = manager_place(tenant_id, name)
    else:
        row = conn.execute(
            select(UnitRow.unit_id, UnitRow.hr_contact.label("contact")).where(
                UnitRow.tenant_id == tenant_id, UnitRow.unit == name
            )
        ).one_or_none()
        where = hr_place(tenant_id, row.unit_id) if row else ""
    return open_contact(keys, row.contact, where).get("email") if row else None


def person_for_provider(
    conn: Connection, keys: KeyRing, tenant_id: str, employee_id: str
) -> dict[str, Any]:
    """What the provider of an open, released referral needs to reach the employee.

    `protected`, `contact` (`name`, `phone`, `email`) and `personal_number`. Of somebody who lives
    with protected personal data it says `protected` alone: that is arranged on paper. The caller
    sees to it that nobody else gets it. Raises CannotDecrypt.
    """
    row = person_rows(conn, tenant_id, [employee_id]).get(employee_id)
    if row is not None and row.protected:
        return {"protected": True}
    contact = open_contact(keys, row.contact, contact_place(tenant_id, employee_id)) if row else {}
    return {
        "protected": False,
        "contact": {member: contact.get(member) for member in MEMBERS},
        "personal_number": _personal_number(keys, tenant_id, row) if row else None,
    }


def _personal_number(keys: KeyRing, tenant_id: str, row: Row[Any]) -> str | None:
    return open_text(keys, row.personal_number, number_place(tenant_id, row.employee_id))


def person_rows(
    conn: Connection, tenant_id: str, employee_ids: Collection[str]
) -> dict[str, Row[Any]]:
    """The details kept of those employees, by id; none of somebody known by number alone."""
    rows = conn.execute(
        select(Person.__table__).where(
            Person.tenant_id == tenant_id, Person.employee_id.in_(employee_ids)
        )
    )
    return {row.employee_id: row for row in rows}


def save_persons(conn: Connection, tenant_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store whole rows of details, new or changed."""
    columns = ("contact", "personal_number", "personal_hash", "protected", "sex")
    if rows:
        kept = [{"tenant_id": tenant_id, **row} for row in rows]
        conn.execute(insert_or_replace(conn, Person, columns), kept)


def same_person(conn: Connection, keys: KeyRing, tenant_id: str, employee_id: str) -> list[str]:
    """The ids of the employees with this one's personal number, itself among them, in order.

    Several employments of one person. Without a number an employee is only themselves.
    """
    row = person_rows(conn, tenant_id, [employee_id]).get(employee_id)
    number = _personal_number(keys, tenant_id, row) if row else None
    if number is None:
        return [employee_id]
    hashes = every_hash(conn, keys, tenant_id, [number])[number]
    return sorted({*owners_of(conn, tenant_id, hashes), employee_id})


def every_hash(
    conn: Connection, keys: KeyRing, tenant_id: str, numbers: Iterable[str]
) -> dict[str, list[str]]:
    """What each number's hash may be, by every secret of the tenant, the oldest first."""
    known = _match_secrets(conn, keys, tenant_id)
    return {n: [match_hash(key_id, secret, n) for key_id, secret in known] for n in numbers}


def owners_of(conn: Connection, tenant_id: str, hashes: Collection[str]) -> dict[str, str]:
    """The ids of the employees with one of those hashes, each with its hash."""
    if not hashes:
        return {}
    rows = conn.execute(
        select(Person.employee_id, Person.personal_hash).where(
            Person.tenant_id == tenant_id, Person.personal_hash.in_(hashes)
        )
    )
    return {row.employee_id: row.personal_hash for row in rows}


def hashes_of(
    conn: Connection, tenant_id: str, employee_ids: Collection[str]
) -> dict[str, str | None]:
    """The hash kept of each of those employees' personal numbers."""
    rows = conn.execute(
        select(Person.employee_id, Person.personal_hash).where(
            Person.tenant_id == tenant_id, Person.employee_id.in_(employee_ids)
        )
    )
    return {row.employee_id: row.personal_hash for row in rows}


def rehash(conn: Connection, tenant_id: str, hashes: Mapping[str, str]) -> None:
    """Say the newest hash of a number instead of an older one, each by the older."""
    if hashes:
        mine = (Person.tenant_id == tenant_id, Person.personal_hash == bindparam("older"))
        conn.execute(
            update(Person).where(*mine).values(personal_hash=bindparam("newest")),
            [{"older": older, "newest": newest} for older, newest in hashes.items()],
        )


def numbers_of_persons(
    conn: Connection, keys: KeyRing, tenant_id: str, personal_numbers: Collection[str]
) -> dict[str, str]:
    """The employment number to use for what is said of each normalised personal number.

    Of several employments the one that goes on longest (`app.people.together.lasting`), also of
    one whose employments are all over: what is reported late is about days gone by. Unknown
    numbers are left out.
    """
    answer = {}
    wanted = sorted(set(personal_numbers))
    for start in range(0, len(wanted), _AT_ONCE):
        hashes = every_hash(conn, keys, tenant_id, wanted[start : start + _AT_ONCE])
        number_of = {one: number for number, own in hashes.items() for one in own}
        owners = owners_of(conn, tenant_id, number_of.keys())
        found = employees_of(conn, tenant_id, owners)
        together: defaultdict[str, list[Employee]] = defaultdict(list)
        for member in members_of(
            conn, tenant_id, {e.person_id for e in found.values() if e.person_id}
        ):
            together[member.person].append(member)
        for employee_id, employee in found.items():
            number = number_of[owners[employee_id]]
            answer[number] = lasting(together.get(employee.person, [employee])).number
    return answer


def hash_for(
    conn: Connection, keys: KeyRing, tenant_id: str, numbers: Collection[str], now: datetime
) -> dict[str, str]:
    """The keyed hash of each number under the tenant's newest secret, made when there is none."""
    if not numbers:
        return {}
    known = _match_secrets(conn, keys, tenant_id)
    key_id, secret = known[-1] if known else _add_match_secret(conn, keys, tenant_id, now)
    return {number: match_hash(key_id, secret, number) for number in numbers}


def _match_secrets(conn: Connection, keys: KeyRing, tenant_id: str) -> list[tuple[str, bytes]]:
    """The tenant's secrets that a key of the ring opens, with their ids, the oldest first."""
    rows = conn.execute(
        select(MatchKey.key_id, MatchKey.secret)
        .where(MatchKey.tenant_id == tenant_id)
        .order_by(MatchKey.key_id)
    )
    found = []
    for row in rows:
        with suppress(CannotDecrypt):
            opened = keys.decrypt(row.secret, secret_place(tenant_id, row.key_id))
            found.append((row.key_id, opened))
    return found


def _add_match_secret(
    conn: Connection, keys: KeyRing, tenant_id: str, now: datetime
) -> tuple[str, bytes]:
    """Two transactions may each add one: a lookup tries them all."""
    key_id, secret = new_id("mky"), new_match_secret()
    sealed = keys.encrypt(secret, secret_place(tenant_id, key_id))
    conn.execute(
        insert(MatchKey).values(tenant_id=tenant_id, key_id=key_id, secret=sealed, created_at=now)
    )
    return key_id, secret


def parents_of(conn: Connection, tenant_id: str) -> dict[str, str | None]:
    """Every unit with its parent."""
    rows = conn.execute(select(UnitRow.unit, UnitRow.parent).where(UnitRow.tenant_id == tenant_id))
    return {row.unit: row.parent for row in rows}


def unit_rows(conn: Connection, tenant_id: str, units: Collection[str]) -> dict[str, Row[Any]]:
    """Those units that exist, by code."""
    rows = conn.execute(
        select(UnitRow.__table__).where(UnitRow.tenant_id == tenant_id, UnitRow.unit.in_(units))
    )
    return {row.unit: row for row in rows}


def units_page(
    conn: Connection, tenant_id: str, cut: Cut, *, unit: str | None
) -> tuple[list[Row[Any]], str | None]:
    """One page of units, or the one of that code."""
    rows = select(UnitRow.__table__).where(UnitRow.tenant_id == tenant_id)
    if unit is not None:
        rows = rows.where(UnitRow.unit == unit)
    return cut_page(conn, rows, UnitRow.unit_id, cut)


def managers_of(
    conn: Connection, tenant_id: str, units: Collection[str] | None
) -> dict[str, list[Row[Any]]]:
    """The managers of those units - None: of all - in the order in which they lead."""
    rows = select(UnitManager.__table__).where(UnitManager.tenant_id == tenant_id)
    if units is not None:
        rows = rows.where(UnitManager.unit.in_(units))
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in conn.execute(rows.order_by(UnitManager.since, UnitManager.manager_id)):
        found[row.unit].append(row)
    return found


def save_units(conn: Connection, tenant_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store whole rows of units; those that exist keep their id and when they were made."""
    columns = ("parent", "hr_contact", "hr_has_email", "closures", "alignment_from_day")
    if rows:
        kept = [{"tenant_id": tenant_id, **row} for row in rows]
        conn.execute(insert_or_replace(conn, UnitRow, columns), kept)


def save_managers(conn: Connection, tenant_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Store whole rows of managers, new or with another contact."""
    if rows:
        kept = [{"tenant_id": tenant_id, **row} for row in rows]
        conn.execute(insert_or_replace(conn, UnitManager, ("contact", "has_email")), kept)


def remove_managers(conn: Connection, tenant_id: str, manager_ids: Collection[str]) -> None:
    """Forget those managers. One at a time: there may be more than a statement takes."""
    if manager_ids:
        one = (UnitManager.tenant_id == tenant_id, UnitManager.manager_id == bindparam("gone"))
        conn.execute(delete(UnitManager).where(*one), [{"gone": m} for m in manager_ids])
