"""All SQL about what is found of units."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, null, select
from sqlalchemy.engine import Connection, Row

from app.absences.policy import Period, periods_from_json
from app.absences.tables import Employee
from app.activities.tables import Activity
from app.core.db import insert_new
from app.signals.judge import Verdict
from app.signals.shown import Figures
from app.signals.tables import SignalMonth, UnitSignal


@dataclass(frozen=True, slots=True)
class Employment:
    """An employee as signals need one; `person`: the same for all employments of a person."""

    employee_id: str
    person: str
    unit: str | None
    employment: tuple[Period, ...]


def every_employment(conn: Connection, tenant_id: str) -> list[Employment]:
    """Every employee, those who have left among them."""
    person = func.coalesce(Employee.person_id, Employee.employee_id).label("person")
    rows = conn.execute(
        select(Employee.employee_id, person, Employee.unit, Employee.employment)
        .where(Employee.tenant_id == tenant_id)
        .order_by(Employee.employee_id)
    )
    return [
        Employment(r.employee_id, r.person, r.unit, periods_from_json(r.employment)) for r in rows
    ]


def last_judged(conn: Connection, tenant_id: str) -> int | None:
    """The latest month that was judged."""
    wanted = select(func.max(SignalMonth.month)).where(SignalMonth.tenant_id == tenant_id)
    return conn.scalar(wanted)


def judged_at(conn: Connection, tenant_id: str, month: int) -> datetime | None:
    """When that month was judged, if it was."""
    return conn.scalar(
        select(SignalMonth.judged_at).where(
            SignalMonth.tenant_id == tenant_id, SignalMonth.month == month
        )
    )


def told_since(conn: Connection, tenant_id: str, month: int) -> frozenset[str]:
    """The units with a signal of that month or a later one."""
    rows = conn.scalars(
        select(UnitSignal.unit).where(
            UnitSignal.tenant_id == tenant_id,
            UnitSignal.state == "signal",
            UnitSignal.month >= month,
        )
    )
    return frozenset(rows)


def keep_month(
    conn: Connection,
    tenant_id: str,
    month: int,
    verdicts: Iterable[Verdict],
    figures: Mapping[str, Figures],
    now: datetime,
) -> bool:
    """Keep what was found of a month; False when somebody else has kept it already."""
    marked = {"tenant_id": tenant_id, "month": month, "judged_at": now}
    if not conn.execute(insert_new(conn, SignalMonth).values(**marked)).rowcount:
        return False
    for verdict in verdicts:
        told = figures.get(verdict.unit)
        conn.execute(
            insert(UnitSignal).values(
                tenant_id=tenant_id,
                month=month,
                unit=verdict.unit,
                state=verdict.state,
                reason=verdict.reason,
                figures=null() if told is None else told,
            )
        )
    return True


def found_of(conn: Connection, tenant_id: str, month: int, unit: str | None) -> list[Row[Any]]:
    """What was found of a month, of every unit or of the one asked for, in order."""
    asked: list[ColumnElement[bool]] = [] if unit is None else [UnitSignal.unit == unit]
    rows = conn.execute(
        select(UnitSignal.__table__)
        .where(UnitSignal.tenant_id == tenant_id, UnitSignal.month == month, *asked)
        .order_by(UnitSignal.unit)
    )
    return list(rows)


def dialogues_since(conn: Connection, tenant_id: str, day: date) -> dict[str, Row[Any]]:
    """Of each unit the first dialogue (APT) held, or else planned, on that day or later."""
    on = func.coalesce(Activity.held_on, Activity.planned_on)
    rows: Iterable[Row[Any]] = conn.execute(
        select(Activity.unit, Activity.activity_id, Activity.state, on.label("on"))
        .where(
            Activity.tenant_id == tenant_id,
            Activity.kind == "dialogue",
            Activity.unit.is_not(None),
            Activity.state != "cancelled",
            on >= day,
        )
        .order_by(on.desc(), Activity.activity_id.desc())
    )
    return {row.unit: row for row in rows}
