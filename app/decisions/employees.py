"""What becomes known of employees, and their exemptions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.store import describe_employee, lock_employees, take_employees
from app.casebook import tenant_today
from app.core.crypt import KeyRing
from app.core.errors import NotFound
from app.flags.store import replace_exemptions
from app.follow_through import set_deadlines_of
from app.people.keep import OF_PERSONS, keep_persons
from app.pipeline import look_again


def describe(
    conn: Connection,
    keys: KeyRing,
    tenant_id: str,
    described: Mapping[str, Mapping[str, Any]],
    now: datetime,
) -> dict[str, str]:
    """Keep what is now known of employees and judge them; answers the id of each number.

    What tells who somebody is goes encrypted into a table of its own. Raises CannotDecrypt.
    """
    ids = {n: e.employee_id for n, e in take_employees(conn, tenant_id, described, now).items()}
    details = {}
    for number, values in described.items():
        known = {name: value for name, value in values.items() if name not in OF_PERSONS}
        describe_employee(conn, tenant_id, ids[number], known)
        details[ids[number]] = {name: values[name] for name in OF_PERSONS & values.keys()}
    keep_persons(conn, keys, tenant_id, details, now)
    moved = [ids[number] for number, values in described.items() if "unit" in values]
    set_deadlines_of(conn, tenant_today(conn, tenant_id, now), moved)
    look_again(conn, tenant_id, set(ids.values()), now)
    return ids


def exempt(
    conn: Connection,
    tenant_id: str,
    employee_id: str,
    exemptions: list[dict[str, Any]],
    now: datetime,
) -> None:
    """The whole list of an employee's exemptions as it now is, judged at once."""
    if not lock_employees(conn, tenant_id, [employee_id]):
        raise NotFound
    replace_exemptions(conn, tenant_id, employee_id, exemptions)
    look_again(conn, tenant_id, [employee_id], now)
