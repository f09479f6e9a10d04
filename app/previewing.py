"""What putting a rule in force would do, told before it is done. Reads alone.

Everybody is judged as reconciliation would judge them with the version in force, some people at a
time; whom the version has nothing to say of is told from all at once, and left out. Counts of
people and days are all that leaves here.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from itertools import compress
from typing import Any

import numpy as np
from sqlalchemy.engine import Connection

from app.absences.store import Employee, employee_from, employees_page
from app.casebook import Case, Tenant, judge, open_cases, tenant_today
from app.core.db import Database
from app.core.pages import Cut
from app.flags.watch import standing
from app.population.triggers import holds, triggers
from app.rules.triggers import accepted, triggers_of
from app.rules.versions import StoredVersion, Version
from app.rules.windows import months_before
from app.standing import MANY, together

_AT_A_TIME = 500
MONTHS = 12


@dataclass
class RungCounts:
    """What one rung would do: people by outcome, who stands, accepted triggers by month."""

    outcomes: Counter[str] = field(default_factory=Counter)
    standing: int = 0
    months: Counter[str] = field(default_factory=Counter)


def preview(
    database: Database, tenant_id: str, version: Version, live_from: date, now: datetime
) -> dict[str, Any]:
    """What activating the version would do, in the form of the API."""
    counts = {rung.rung: RungCounts() for rung in version.rungs}
    people, after = 0, None
    while True:
        with database.read() as conn:
            tenant = tenant_today(conn, tenant_id, now)
            cut = Cut(_AT_A_TIME, after)
            rows, following = employees_page(conn, tenant_id, cut, number=None, unit=None)
            once = [e for e in map(employee_from, rows) if e.person == e.employee_id]
            look_at(conn, tenant, once, version, live_from, counts)
        people += len(once)
        if following is None:
            break
        after = rows[-1].employee_id
    shown = [_shown(rung, counts[rung], tenant.today) for rung in sorted(counts)]
    named = {"version": version.number, "live_from": live_from}
    return {**named, "employees": people, "rungs": shown}


def look_at(
    conn: Connection,
    tenant: Tenant,
    employees: Sequence[Employee],
    version: Version,
    live_from: date,
    counts: dict[int, RungCounts],
) -> None:
    """Count what the version would do for these people."""
    if len(employees) >= MANY:
        employees = _concerned(conn, tenant, employees, version, live_from)
    key = (version.rule_id, version.number)
    for case in open_cases(conn, tenant.tenant_id, employees, [key]):
        _count(_in_force(case, version, live_from), tenant, version.rule_id, counts)


def _concerned(
    conn: Connection,
    tenant: Tenant,
    employees: Sequence[Employee],
    version: Version,
    live_from: date,
) -> list[Employee]:
    """Those with a trigger that may act or is shown, and those whom a condition holds for today.

    Of all others nothing is counted: no flag, nobody who stands, no month.
    """
    population, prepared = together(conn, tenant, employees)
    since = min(live_from, _first_shown(tenant.today)).toordinal()
    concerned = np.zeros(len(population.persons), np.bool_)
    for rung in version.rungs:
        concerned |= holds(prepared, rung.document.when)
        concerned[triggers(prepared, rung.document.when, since=since).person] = True
    persons = set(compress(population.persons, concerned))
    return [employee for employee in employees if employee.person in persons]


def _first_shown(today: date) -> date:
    """The first day of the twelve months."""
    return months_before(today, MONTHS - 1).replace(day=1)


def _in_force(case: Case, version: Version, live_from: date) -> Case:
    """The case as it were with the version in force."""
    since = live_from.toordinal()
    return replace(
        case,
        versions=tuple(
            replace(one, active=one.version == version.number, live_from=since)
            if one.rule_id == version.rule_id and one.version == version.number
            else replace(one, active=one.active and one.rule_id != version.rule_id)
            for one in case.versions
        ),
    )


def _count(case: Case, tenant: Tenant, rule_id: str, counts: dict[int, RungCounts]) -> None:
    today = tenant.today.toordinal()
    picture = judge(case, tenant).picture
    history = case.history(tenant.policy, today)
    covers = case.covers(tenant)
    for rung in case.versions:
        if rung.rule_id != rule_id or not rung.active:
            continue
        own = counts[rung.rung]
        for flag in picture.flags:
            if flag.id.startswith("new:") and flag.rule == rung.document.id:
                own.outcomes["open" if flag.state == "released" else flag.state] += 1
        if case.employed(today) and standing(history, rung, picture.flags, covers):
            own.standing += 1
        own.months.update(_months(case, tenant, rung))


def _months(case: Case, tenant: Tenant, rung: StoredVersion) -> Iterator[str]:
    """The month of each trigger that would have been accepted in the last twelve."""
    history = case.history(tenant.policy, tenant.today.toordinal())
    rule, covers = rung.document, case.covers(tenant)
    found = [t for t in triggers_of(history, rule, with_evidence=False) if covers(rule, t.on)]
    first = _month(_first_shown(tenant.today))
    for trigger, yes in zip(found, accepted(found, rule.rearm_days), strict=True):
        month = _month(date.fromordinal(trigger.on))
        if yes and month >= first:
            yield month


def _month(day: date) -> str:
    return day.isoformat()[:7]


def _shown(rung: int, counts: RungCounts, today: date) -> dict[str, Any]:
    months = [_month(months_before(today, back)) for back in range(MONTHS - 1, -1, -1)]
    return {
        "rung": rung,
        "flagged": counts.outcomes["open"],
        "suppressed": counts.outcomes["suppressed"],
        "inhibited": counts.outcomes["inhibited"],
        "standing": counts.standing,
        "months": [{"month": month, "accepted": counts.months[month]} for month in months],
    }
