"""Whom a look can change anything for, told from few columns of many employees at once.

After a first load of years of history that is hardly anybody: what a rule may act on begins with
the day it came into force. The others need not be judged one by one, with all that is known of
them: for those who were ill since then the rules are asked of all at once.
"""

from collections.abc import Sequence
from datetime import date
from itertools import compress

import numpy as np
from sqlalchemy.engine import Connection

from app.absences.due import next_look
from app.absences.folded.store import last_days
from app.absences.store import Employee
from app.casebook import Tenant, pauses_on
from app.flags.shadow.store import with_decisions
from app.flags.store import flagged_or_exempt
from app.population.prepare import prepare
from app.population.store import read_population
from app.population.triggers import triggers
from app.rules.store import watched
from app.rules.versions import StoredVersion

WORTH_ASKING = 100
"""For fewer employees the question costs more than their cases."""
_NEVER = date.max.toordinal()


def stirred(
    conn: Connection, tenant: Tenant, employees: Sequence[Employee]
) -> tuple[list[Employee], list[Employee]]:
    """The employees parted: for whom a look may change something, and for whom it cannot.

    It cannot where there is no flag and no exemption, no other employment, and no trigger on which
    a rule in force may still act, nor a sick day to come: a trigger that a rule may not act on
    changes nothing (semantics 7, step 5). A silence only keeps from acting.
    """
    ids = [employee.employee_id for employee in employees]
    last = last_days(conn, tenant.tenant_id, ids)
    held = flagged_or_exempt(conn, tenant.tenant_id, ids)
    today = tenant.today.toordinal()
    versions = watched(conn, tenant.tenant_id, ())
    if beside := {version.rule_id for version in versions if version.in_shadow(today)}:
        held |= with_decisions(conn, tenant.tenant_id, ids, beside)
    in_force = [(version, _acts_from(version, today)) for version in versions]
    since = min((since for _, since in in_force), default=_NEVER)
    over, ill_since, may_change = [], [], []
    for employee in employees:
        reach = last.get(employee.employee_id, 0)
        settled = reach <= today and employee.person_id is None
        if not settled or employee.employee_id in held:
            may_change.append(employee)
        elif reach < max(since, _heard_from(employee)):
            over.append(employee)
        else:
            ill_since.append(employee)
    acting = _acting(conn, tenant, ill_since, in_force)
    for employee in ill_since:
        (may_change if employee.employee_id in acting else over).append(employee)
    return may_change, over


def _acts_from(version: StoredVersion, today: int) -> int:
    """The first day on which a version may act as of today, or decide in shadow."""
    if version.shadow and version.in_shadow(today):
        return version.shadow[0]
    if not version.active or version.live_from is None:
        return _NEVER
    return max(version.live_from, today - version.document.max_age_days)


def _heard_from(employee: Employee) -> int:
    """The first day of an employee that any rule may act on."""
    return (employee.silent_through or 0) + 1


def _acting(
    conn: Connection,
    tenant: Tenant,
    employees: Sequence[Employee],
    in_force: Sequence[tuple[StoredVersion, int]],
) -> set[str]:
    """Those with a trigger that a rule may act on. Each is a person of one employment."""
    if not employees:
        return set()
    heard = {employee.employee_id: _heard_from(employee) for employee in employees}
    population = read_population(conn, tenant.tenant_id, heard)
    prepared = prepare(population, tenant.policy, tenant.today.toordinal())
    heard_from = np.array([heard[name] for name in population.persons])
    acting = np.zeros(len(population.persons), np.bool_)
    for version, since in in_force:
        found = triggers(prepared, version.document.when, since=since)
        acting[found.person[found.on >= heard_from[found.person]]] = True
    return set(compress(population.persons, acting))


def due_of_quiet(
    conn: Connection, employees: Sequence[Employee], tenant: Tenant
) -> dict[str, date | None]:
    """The rows of quiet employees whose day is to change.

    Time alone ends an employment or a silence, and there is nothing that a silence suppresses.
    """
    today = tenant.today.toordinal()
    pauses = pauses_on(conn, tenant.tenant_id, employees)
    found = {}
    for employee in employees:
        ends = [pause.last for pause in pauses.get(employee.employee_id, ())]
        day = next_look((), employee.employment, ends, today=today)
        due_on = date.fromordinal(day) if day else None
        if due_on != employee.due_on:
            found[employee.employee_id] = due_on
    return found
