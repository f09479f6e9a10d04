"""Three rules from the rows of a database, end to end, against reading these rows out.

The bare export is the driver's: the same rows with what rules need of them, fetched and dropped.
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import insert, text
from sqlalchemy.engine import Connection

from app.absences.tables import Absence, Employee
from app.population.population import Population
from app.population.prepare import prepare
from app.population.store import read_population
from app.population.triggers import triggers_of_each
from benchmarks.employed import AS_OF, population
from benchmarks.measure import Result, side_by_side
from benchmarks.places import ENGINES, Place, places
from benchmarks.rules_columns import POLICY, RULES

ROUNDS = 5
CHUNK = 5_000
_EXPORT = (
    "SELECT employee_id, first_day, last_day, kind, extent, extents FROM absences"
    " WHERE tenant_id = '{tenant}' AND NOT cancelled AND first_day IS NOT NULL"
)


def run(full: bool) -> list[Result]:
    """On both engines."""
    return [_run(engine, 100_000 if full else 10_000) for engine in ENGINES]


def _run(engine: str, persons: int) -> Result:
    people = population(persons)
    with places(engine) as [place]:
        _fill(place, people)
        with place.ctx.database.read() as conn:
            export, all_of_it = side_by_side(
                lambda: _export(conn, place.tenant_id),
                lambda: _judge(conn, place.tenant_id),
                ROUNDS,
            )
    details = {
        "persons": persons,
        "absences": len(people.first),
        "export_wall_s": round(export.wall, 3),
        "export_cpu_s": round(export.cpu, 3),
        "judged_wall_s": round(all_of_it.wall, 3),
        "judged_cpu_s": round(all_of_it.cpu, 3),
    }
    name = f"three rules from rows against their bare export, {engine}"
    return Result(name, all_of_it.wall / export.wall, 1.5, "lower", details)


def _export(conn: Connection, tenant_id: str) -> int:
    """Straight from the driver's cursor, on PostgreSQL one of the server's."""
    driver: Any = conn.connection.driver_connection
    postgres = conn.dialect.name == "postgresql"
    cursor = driver.cursor("export") if postgres else driver.cursor()
    cursor.execute(_EXPORT.format(tenant=tenant_id))
    count = 0
    while rows := cursor.fetchmany(CHUNK):
        count += len(rows)
    cursor.close()
    return count


def _judge(conn: Connection, tenant_id: str) -> int:
    prepared = prepare(read_population(conn, tenant_id), POLICY, AS_OF)
    return sum(len(found.on) for found in triggers_of_each(prepared, list(RULES.values())))


def _fill(place: Place, people: Population) -> None:
    """The population as stored employees and absences."""
    now = datetime(2026, 6, 30, tzinfo=UTC)
    tenant = {"tenant_id": place.tenant_id}
    employees = [
        tenant
        | {"employee_id": f"emp_{n:026d}", "number": f"{n}", "employment": [], "created_at": now}
        for n in range(len(people.persons))
    ]
    said = zip(people.employment.tolist(), people.first.tolist(), people.last.tolist(), strict=True)
    absences = [
        tenant
        | {
            "employee_id": f"emp_{whose:026d}",
            "source": "hr",
            "absence": f"a-{n}",
            "first_day": date.fromordinal(first),
            "last_day": date.fromordinal(last),
            "kind": "sickness",
            "extent": 100,
            "extents": [],
            "cancelled": False,
            "folded_at": now,
            "folded_id": f"e-{n}",
        }
        for n, (whose, first, last) in enumerate(said)
    ]
    with place.ctx.database.write() as conn:
        for table, rows in ((Employee, employees), (Absence, absences)):
            for start in range(0, len(rows), CHUNK):
                conn.execute(insert(table), rows[start : start + CHUNK])
    with place.ctx.database.write() as conn:
        conn.execute(text("ANALYZE"))
