"""All SQL about flags and exemptions."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from itertools import pairwise
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, select, union_all, update
from sqlalchemy.engine import Connection, Row

from app.absences.store import Employee as EmployeeValue
from app.absences.store import employee_from
from app.absences.tables import Employee
from app.core.db import the_one
from app.core.pages import Cut, cut_page
from app.core.sets import among, listed
from app.flags.picture import Flag
from app.flags.tables import Exemption
from app.flags.tables import Flag as FlagRow
from app.rules.tables import Rule


def _with_rule() -> Select[Any]:
    return select(FlagRow.__table__, Rule.name).join(
        Rule, (Rule.tenant_id == FlagRow.tenant_id) & (Rule.rule_id == FlagRow.rule_id)
    )


_FLAGS = (
    _with_rule()
    .where(FlagRow.tenant_id == bindparam("tenant"), among("ids", FlagRow.employee_id))
    .order_by(FlagRow.flag_id)
)


def flag_rows(
    conn: Connection, tenant_id: str, employee_ids: Collection[str]
) -> dict[str, list[Row[Any]]]:
    """Every flag of those employees, in the order raised."""
    rows = conn.execute(_FLAGS, {"tenant": tenant_id, "ids": listed(employee_ids)})
    found: defaultdict[str, list[Row[Any]]] = defaultdict(list)
    for row in rows:
        found[row.employee_id].append(row)
    return found


def flag_of(row: Row[Any], rule: str) -> Flag:
    """A stored flag as reconciliation sees it. `rule`: the name of the rung that raised it."""
    return Flag(
        id=row.flag_id,
        rule=rule,
        version=row.version,
        on=row.on.toordinal(),
        evidence=days_of_runs(row.evidence),
        state=row.state,
        reason=row.reason,
        referral=row.referral_id,
    )


def flag_row(conn: Connection, tenant_id: str, flag_id: str) -> Row[Any]:
    """One flag; raises NotFound."""
    return the_one(
        conn, _with_rule().where(FlagRow.tenant_id == tenant_id, FlagRow.flag_id == flag_id)
    )


def flags_of_referrals(
    conn: Connection, tenant_id: str, referral_ids: Collection[str]
) -> defaultdict[str, list[str]]:
    """The ids of the flags that each referral rests on, the first raised first."""
    rows = conn.execute(
        select(FlagRow.referral_id, FlagRow.flag_id)
        .where(FlagRow.tenant_id == tenant_id, FlagRow.referral_id.in_(referral_ids))
        .order_by(FlagRow.flag_id)
    )
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in rows:
        found[row.referral_id].append(row.flag_id)
    return found


def flags_page(
    conn: Connection,
    tenant_id: str,
    cut: Cut,
    *,
    state: str | None,
    rule: str | None,
    unit: str | None,
) -> tuple[list[Row[Any]], str | None]:
    """One page of flags in that state, of that rule (its id) and unit, where given."""
    rows = _with_rule().where(FlagRow.tenant_id == tenant_id)
    if state is not None:
        rows = rows.where(FlagRow.state == state)
    if rule is not None:
        rows = rows.where((FlagRow.rule_id == rule) | (Rule.name == rule))
    if unit is not None:
        rows = rows.join(
            Employee,
            (Employee.tenant_id == FlagRow.tenant_id)
            & (Employee.employee_id == FlagRow.employee_id),
        ).where(Employee.unit == unit)
    return cut_page(conn, rows, FlagRow.flag_id, cut)


def save_flags(
    conn: Connection,
    tenant_id: str,
    employee_id: str,
    changed: Iterable[Flag],
    *,
    known: Collection[str],
    rules: Mapping[str, tuple[str, int]],
    now: datetime,
) -> None:
    """Store flags, new or changed; `rules` gives the id and the rung of each rule by its name."""
    for flag in changed:
        values = {
            "on": date.fromordinal(flag.on),
            "evidence": runs_of(flag.evidence),
            "state": flag.state,
            "reason": flag.reason,
            "referral_id": flag.referral,
            "changed_at": now,
        }
        if flag.state != "open":
            values["remind_on"] = None
        if flag.id in known:
            mine = (FlagRow.tenant_id == tenant_id, FlagRow.flag_id == flag.id)
            conn.execute(update(FlagRow).where(*mine).values(**values))
            continue
        rule_id, rung = rules[flag.rule]
        conn.execute(
            insert(FlagRow).values(
                tenant_id=tenant_id,
                flag_id=flag.id,
                employee_id=employee_id,
                rule_id=rule_id,
                rung=rung,
                version=flag.version,
                raised_at=now,
                **values,
            )
        )


def note_decision(
    conn: Connection, tenant_id: str, flag_id: str, values: Mapping[str, Any]
) -> None:
    """Who decided about a flag, and when the employee was informed."""
    conn.execute(
        update(FlagRow)
        .where(FlagRow.tenant_id == tenant_id, FlagRow.flag_id == flag_id)
        .values(**values)
    )


def flags_to_remind(
    conn: Connection, tenant_id: str, today: date, limit: int, *, lock: bool
) -> list[tuple[str, EmployeeValue]]:
    """Some open flags that it is time to remind of, each with its employee.

    One that never was told of is due as well. Locked, those that another process is at are
    skipped.
    """
    due = (
        select(FlagRow.flag_id, Employee.__table__)
        .join(
            Employee,
            (Employee.tenant_id == FlagRow.tenant_id)
            & (Employee.employee_id == FlagRow.employee_id),
        )
        .where(FlagRow.tenant_id == tenant_id, FlagRow.state == "open")
        .where(FlagRow.remind_on.is_(None) | (FlagRow.remind_on <= today))
        .order_by(FlagRow.flag_id)
        .limit(limit)
    )
    rows = conn.execute(due.with_for_update(of=FlagRow, skip_locked=True) if lock else due)
    return [(row.flag_id, employee_from(row)) for row in rows]


def remind_of(conn: Connection, tenant_id: str, days: Mapping[str, date]) -> None:
    """When to remind of each of those flags, as long as it is open."""
    by_day: defaultdict[date, list[str]] = defaultdict(list)
    for flag_id, day in days.items():
        by_day[day].append(flag_id)
    for day, ids in by_day.items():
        conn.execute(
            update(FlagRow)
            .where(FlagRow.tenant_id == tenant_id, FlagRow.flag_id.in_(ids))
            .where(FlagRow.state == "open")
            .values(remind_on=day)
        )


_HELD = union_all(
    select(FlagRow.employee_id).where(
        FlagRow.tenant_id == bindparam("tenant"), among("ids", FlagRow.employee_id)
    ),
    select(Exemption.employee_id).where(
        Exemption.tenant_id == bindparam("tenant"), among("ids", Exemption.employee_id)
    ),
)


def flagged_or_exempt(
    conn: Connection, tenant_id: str, employee_ids: Collection[str]
) -> frozenset[str]:
    """Those of the employees who ever had a flag, or have an exemption."""
    found = conn.scalars(_HELD, {"tenant": tenant_id, "ids": listed(employee_ids)})
    return frozenset(found)


def replace_exemptions(
    conn: Connection, tenant_id: str, employee_id: str, exemptions: Sequence[Mapping[str, Any]]
) -> None:
    """The whole list of an employee's exemptions as it now is."""
    conn.execute(
        delete(Exemption).where(
            Exemption.tenant_id == tenant_id, Exemption.employee_id == employee_id
        )
    )
    rows = [{"tenant_id": tenant_id, "employee_id": employee_id, **e} for e in exemptions]
    if rows:
        conn.execute(insert(Exemption), rows)


def runs_of(days: Iterable[int]) -> list[list[str]]:
    """Days as [first, last] runs of ISO dates: short in the row, exact when read."""
    ordered = sorted(days)
    if not ordered:
        return []
    cuts = [i for i, (a, b) in enumerate(pairwise(ordered), 1) if b - a > 1]
    bounds = pairwise([0, *cuts, len(ordered)])
    return [[_iso(ordered[low]), _iso(ordered[high - 1])] for low, high in bounds]


def days_of_runs(runs: Iterable[Sequence[str]]) -> frozenset[int]:
    """The days of such runs."""
    return frozenset(
        day
        for first, last in runs
        for day in range(
            date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal() + 1
        )
    )


def _iso(day: int) -> str:
    return date.fromordinal(day).isoformat()
