"""Decisions that concern everybody: a rule put in force, another way of counting."""

from datetime import date, datetime

from sqlalchemy.engine import Connection

from app.absences.store import all_due
from app.casebook import tenant_today
from app.follow_through import set_every_deadline
from app.rules.store import activate, looks_at_units, restart_rules
from app.rules.versions import Version


def put_in_force(
    conn: Connection,
    tenant_id: str,
    version: Version,
    live_from: date,
    today: date,
    now: datetime,
    by: str | None = None,
) -> None:
    """Activate a version of a rule and have everybody judged by it. `by`: a key's id."""
    activate(
        conn,
        tenant_id,
        version.rule_id,
        version=version.number,
        live_from=live_from,
        now=now,
        by=by,
    )
    all_due(conn, tenant_id, today)


def set_deadlines_anew(conn: Connection, tenant_id: str, now: datetime) -> None:
    """Deadlines, days off or a unit's closures have changed: what is open is due by them."""
    set_every_deadline(conn, tenant_today(conn, tenant_id, now))


def judge_by_units_anew(conn: Connection, tenant_id: str, now: datetime) -> None:
    """Units stand elsewhere now: a rule that is about some of them may be about others."""
    if looks_at_units(conn, tenant_id):
        all_due(conn, tenant_id, tenant_today(conn, tenant_id, now).today)


def start_anew(conn: Connection, tenant_id: str, now: datetime) -> None:
    """A change of the counting policy: everybody is judged again, and the past does not act."""
    today = tenant_today(conn, tenant_id, now).today
    restart_rules(conn, tenant_id, today)
    all_due(conn, tenant_id, today)
