"""Silences: decided, ended early, and whom that makes it necessary to look at again."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.engine import Connection, Row

from app.absences.store import all_due, lock_employees, units_with_employees
from app.casebook import tenant_today
from app.core.errors import FieldError, InvalidInput, NotFound
from app.core.ids import new_id
from app.flags.silences.store import add_silence, any_of_units, change_silence, silence_row
from app.people.store import load_units, unit_rows
from app.pipeline import look_again
from app.rules.store import rule_version


@dataclass(frozen=True, slots=True)
class Ended:
    """Who ends a silence, and the last day on which it still holds; None: yesterday."""

    by: str
    last_day: date | None = None


def silence(conn: Connection, tenant_id: str, decided: Mapping[str, Any], now: datetime) -> str:
    """Decide a silence; answers its id. Raises InvalidInput where it names what is not there."""
    _check(conn, tenant_id, decided)
    silence_id = new_id("sil")
    add_silence(conn, tenant_id, {"silence_id": silence_id, "created_at": now, **decided})
    _look(conn, tenant_id, silence_row(conn, tenant_id, silence_id), now)
    return silence_id


def end_silence(
    conn: Connection, tenant_id: str, silence_id: str, ended: Ended, now: datetime
) -> None:
    """End a silence before its last day: what it suppressed after that is judged anew.

    One that is over already stays as it is; raises InvalidInput for a day later than decided.
    """
    row = silence_row(conn, tenant_id, silence_id, lock=True)
    today = tenant_today(conn, tenant_id, now).today
    last_day = ended.last_day or min(row.last_day, today - timedelta(days=1))
    if last_day > row.last_day:
        detail = "A silence can be ended earlier; a longer one is decided anew."
        raise InvalidInput([FieldError("#/last_day", "later_than_decided", detail)])
    if last_day == row.last_day:
        return
    values = {"last_day": last_day, "ended_by": ended.by, "ended_at": now}
    change_silence(conn, tenant_id, silence_id, values)
    _look(conn, tenant_id, row, now)


def look_at_units(conn: Connection, tenant_id: str, units: Collection[str], now: datetime) -> None:
    """Those units have other units above them now, and with them perhaps other silences."""
    if units and any_of_units(conn, tenant_id):
        all_due(conn, tenant_id, tenant_today(conn, tenant_id, now).today, units)


def _check(conn: Connection, tenant_id: str, decided: Mapping[str, Any]) -> None:
    wrong = []
    employee_id, unit, rule_id = (decided[n] for n in ("employee_id", "unit", "rule_id"))
    if employee_id is not None and not lock_employees(conn, tenant_id, [employee_id]):
        wrong.append(FieldError("#/employee_id", "unknown_employee", "There is no such employee."))
    if unit is not None and not _is_known(conn, tenant_id, unit):
        wrong.append(FieldError("#/unit", "unknown_unit", "There is no such unit."))
    if rule_id is not None and not _is_rule(conn, tenant_id, rule_id):
        wrong.append(FieldError("#/rule_id", "unknown_rule", "There is no such rule."))
    if wrong:
        raise InvalidInput(wrong)


def _is_known(conn: Connection, tenant_id: str, unit: str) -> bool:
    """Described by the employer, or at least somebody's."""
    described = unit_rows(conn, tenant_id, [unit])
    return bool(described or units_with_employees(conn, tenant_id, [unit]))


def _is_rule(conn: Connection, tenant_id: str, rule_id: str) -> bool:
    try:
        rule_version(conn, tenant_id, rule_id)
    except NotFound:
        return False
    return True


def _look(conn: Connection, tenant_id: str, row: Row[Any], now: datetime) -> None:
    """One employee at once, others within some ticks."""
    if row.employee_id is not None:
        look_again(conn, tenant_id, [row.employee_id], now)
        return
    units = None
    if row.unit is not None:
        units = load_units(conn, tenant_id).with_those_below(row.unit)
    all_due(conn, tenant_id, tenant_today(conn, tenant_id, now).today, units)
