"""Who meets a rule today without a flag of it: after a first load, those above the limit already.

Reads alone (semantics 8).
"""

from collections.abc import Sequence
from itertools import compress

from sqlalchemy.engine import Connection

from app.absences.store import Employee
from app.casebook import Case, Tenant, open_cases, persons_of
from app.flags.watch import standing
from app.population.population import Population
from app.population.prepare import Prepared, prepare
from app.population.store import read_population
from app.population.triggers import holds
from app.rules.store import watched
from app.rules.triggers import Trigger
from app.rules.versions import StoredVersion

MANY = 20
"""From so many employees on it is quicker to ask of all at once whom to look at."""


def stands(
    conn: Connection,
    tenant: Tenant,
    employees: Sequence[Employee],
    rule_id: str,
) -> list[tuple[Case, StoredVersion, Trigger]]:
    """Those who meet an active rule today without a flag of it, with their latest trigger.

    Of a ladder somebody may stand on several rungs. Of many employees only those are looked at
    for whom its condition holds today.
    """
    found = []
    if len(employees) >= MANY:
        employees = _meeting(conn, tenant, employees, rule_id)
    for case in open_cases(conn, tenant.tenant_id, employees):
        today = tenant.today.toordinal()
        history = case.history(tenant.policy, today)
        if not case.employed(today):
            continue
        covers = case.covers(tenant)
        for version in case.versions:
            if version.rule_id != rule_id or not version.active:
                continue
            if trigger := standing(history, version, case.picture.flags, covers):
                found.append((case, version, trigger))
    return found


def _meeting(
    conn: Connection, tenant: Tenant, employees: Sequence[Employee], rule_id: str
) -> list[Employee]:
    """Those for whom the rule's condition holds today, on any rung."""
    population, prepared = together(conn, tenant, employees)
    rungs = [v for v in watched(conn, tenant.tenant_id, ()) if v.rule_id == rule_id and v.active]
    meets = {
        person
        for rung in rungs
        for person in compress(population.persons, holds(prepared, rung.document.when))
    }
    return [employee for employee in employees if employee.person in meets]


def together(
    conn: Connection, tenant: Tenant, employees: Sequence[Employee]
) -> tuple[Population, Prepared]:
    """The employees, with the other employments of each, as rules see everybody at once today."""
    persons = persons_of(conn, tenant.tenant_id, employees)
    ids = [employee.employee_id for own in persons for employee in own]
    population = read_population(conn, tenant.tenant_id, ids)
    return population, prepare(population, tenant.policy, tenant.today.toordinal())
