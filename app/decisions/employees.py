"""What becomes known of employees, and their exemptions."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.policy import forms_from_json, periods_from_json
from app.absences.store import Employee, describe_employees, lock_employees, take_employees
from app.casebook import tenant_today
from app.core.crypt import KeyRing
from app.core.errors import NotFound
from app.decisions.persons import relink, whoever_has
from app.flags.silences.store import any_of_units
from app.flags.store import replace_exemptions
from app.follow_through import set_deadlines_of
from app.people.keep import OF_PERSONS, keep_persons
from app.pipeline import look_again
from app.rules.store import looks_at_units


def describe(
    conn: Connection,
    keys: KeyRing,
    tenant_id: str,
    described: Mapping[str, Mapping[str, Any]],
    now: datetime,
) -> dict[str, str]:
    """Keep what is now known of employees and judge those whom it changes; answers all ids.

    What tells who somebody is goes encrypted into a table of its own. Raises CannotDecrypt.
    """
    besides = whoever_has(conn, keys, tenant_id, described)
    found = take_employees(conn, tenant_id, described, now, besides=besides)
    ids = {number: employee.employee_id for number, employee in found.items()}
    fresh = {n: _fresh(found[n], values) for n, values in described.items()}
    describe_employees(conn, tenant_id, {ids[n]: values for n, values in fresh.items()})
    details = {
        ids[n]: {name: values[name] for name in OF_PERSONS & values.keys()}
        for n, values in described.items()
    }
    keep_persons(conn, keys, tenant_id, details, now)
    moved = [ids[n] for n, values in fresh.items() if "unit" in values]
    set_deadlines_of(conn, tenant_today(conn, tenant_id, now), moved)
    changed = {ids[n] for n, values in fresh.items() if "employment" in values}
    if moved and (looks_at_units(conn, tenant_id) or any_of_units(conn, tenant_id)):
        changed |= set(moved)
    numbered = {i for i, values in details.items() if "personal_number" in values}
    if numbered:
        changed |= relink(conn, tenant_id, numbered | besides)
    look_again(conn, tenant_id, changed, now)
    return ids


def _fresh(employee: Employee, values: Mapping[str, Any]) -> dict[str, Any]:
    """What is said of an employee and was not so before, but for what is kept of the person."""
    fresh = {name: value for name, value in values.items() if name not in OF_PERSONS}
    if fresh.get("unit", ...) == employee.unit:
        del fresh["unit"]
    if "employment" in fresh and _as_stored(fresh["employment"]) == (
        employee.employment,
        employee.forms,
    ):
        del fresh["employment"]
    return fresh


def _as_stored(employment: list[dict[str, Any]]) -> tuple[Any, Any]:
    return periods_from_json(employment), forms_from_json(employment)


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
