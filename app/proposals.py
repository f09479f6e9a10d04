"""Which flags propose an alignment meeting (avstämningsmöte): by rule, unit and the employer."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.store import employees_of
from app.casebook import Tenant
from app.flags.propose import Proposal, proposal
from app.rules.store import load_versions


def alignment_from_day(tenant: Tenant, unit: str | None) -> int:
    """The day of a sick leave from which the unit's people are asked to meet."""
    return tenant.units().alignment_from_day(unit) or tenant.settings.alignment_from_day


def proposals_of(conn: Connection, tenant: Tenant, rows: Sequence[Any]) -> dict[str, Proposal]:
    """What each of those stored flags proposes, as long as it is open."""
    waiting = [row for row in rows if row.state == "open"]
    if not waiting:
        return {}
    wanted = {(row.rule_id, row.version) for row in waiting}
    versions = {
        (found.rule_id, found.version, found.rung): found.document
        for found in load_versions(conn, tenant.tenant_id, wanted)
    }
    employees = employees_of(conn, tenant.tenant_id, {row.employee_id for row in waiting})
    answer = {}
    for row in waiting:
        day = alignment_from_day(tenant, employees[row.employee_id].unit)
        if found := proposal(versions[row.rule_id, row.version, row.rung], day):
            answer[row.flag_id] = found
    return answer
