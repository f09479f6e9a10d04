"""Which employments are one person's: by the same personal number, or because somebody said so.

Everything stays stored under the employment it was said of; joining and separating change who is
judged together, and nothing else. Whoever changes it has the tenant's row locked, then all
employments whose person may change, in the order of the numbers.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.store import belonging, lock_employees, set_belonging
from app.access.store import tenant_row
from app.core.crypt import KeyRing
from app.core.errors import Conflict, FieldError, InvalidInput, NotFound
from app.core.ids import new_id
from app.people.store import every_hash, hashes_of, owners_of
from app.people.together import Link, persons_of
from app.pipeline import look_again


class NotJoined(Conflict):
    """The employment is nobody else's as far as is known."""

    code = "not_joined"
    detail = "The employee has not been joined with another."


class SamePersonalNumber(Conflict):
    """The employments are one person's by their personal number alone."""

    code = "same_personal_number"
    detail = "The employees have the same personal number; correct that instead."


def whoever_has(
    conn: Connection, keys: KeyRing, tenant_id: str, described: Mapping[str, Mapping[str, Any]]
) -> set[str]:
    """The ids of the employees with a personal number that is about to be kept of somebody.

    Locks the tenant's row when any is named, so that nobody else keeps one meanwhile.
    """
    named = [v["personal_number"] for v in described.values() if "personal_number" in v]
    if not named:
        return set()
    tenant_row(conn, tenant_id, lock=True)
    numbers = {number for number in named if number is not None}
    hashes = every_hash(conn, keys, tenant_id, numbers)
    return set(owners_of(conn, tenant_id, [one for own in hashes.values() for one in own]))


def relink(conn: Connection, tenant_id: str, ids: Collection[str]) -> set[str]:
    """Bring it up to date who belongs with those employees, after numbers or joins have changed.

    They, their persons and whoever they belong with now are locked. Answers the ids of all who
    are judged with somebody else than before.
    """
    rows = belonging(conn, tenant_id, ids)
    hashes = hashes_of(conn, tenant_id, [row.employee_id for row in rows])
    links = [Link(r.employee_id, hashes.get(r.employee_id), r.joined_as) for r in rows]
    now = persons_of(links)
    changed = {r.employee_id: now[r.employee_id] for r in rows if now[r.employee_id] != r.person_id}
    set_belonging(conn, tenant_id, "person_id", changed)
    others = {row.person_id for row in rows if row.employee_id in changed} | {*changed.values()}
    others.discard(None)
    return {
        row.employee_id
        for row in rows
        if row.employee_id in changed or {row.person_id, now[row.employee_id]} & others
    }


def join(conn: Connection, tenant_id: str, employee_id: str, other: str, now: datetime) -> None:
    """Two employees, and whoever was joined with either, are one person from now on."""
    if employee_id == other:
        raise InvalidInput([FieldError("#/with", "same_employee", "Join it with another one.")])
    tenant_row(conn, tenant_id, lock=True)
    found = {e.employee_id for e in lock_employees(conn, tenant_id, [employee_id, other])}
    if employee_id not in found:
        raise NotFound
    if other not in found:
        detail = "There is no such employee."
        raise InvalidInput([FieldError("#/with", "unknown_employee", detail)])
    rows = belonging(conn, tenant_id, found)
    labels = {r.joined_as for r in rows if r.employee_id in found and r.joined_as}
    joined = [r.employee_id for r in rows if r.employee_id in found or r.joined_as in labels]
    label = min(labels, default=None) or new_id("joi")
    set_belonging(conn, tenant_id, "joined_as", dict.fromkeys(joined, label))
    look_again(conn, tenant_id, relink(conn, tenant_id, joined), now)


def separate(conn: Connection, tenant_id: str, employee_id: str, now: datetime) -> None:
    """Take an employee out of whom it was joined with; the others stay together."""
    tenant_row(conn, tenant_id, lock=True)
    if not lock_employees(conn, tenant_id, [employee_id]):
        raise NotFound
    rows = belonging(conn, tenant_id, [employee_id])
    [mine] = [row for row in rows if row.employee_id == employee_id]
    if mine.joined_as is None:
        raise SamePersonalNumber if mine.person_id else NotJoined
    joined = [row.employee_id for row in rows if row.joined_as == mine.joined_as]
    freed = joined if len(joined) == 2 else [employee_id]
    set_belonging(conn, tenant_id, "joined_as", dict.fromkeys(freed))
    look_again(conn, tenant_id, relink(conn, tenant_id, joined), now)
