"""A database filled as the service would have filled it, without asking the service.

The rows are made and stored by the store modules themselves, in large transactions and without a
look at each key, history or rule. That they are the same rows is checked on a sample.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from app.absences.fold import Absence, apply
from app.absences.folded.store import AbsenceKey, Folded, save_absences
from app.absences.store import set_due, take_employees
from app.absences.tables import Absence as AbsenceRow
from app.absences.tables import Employee as EmployeeRow
from app.core.clock import local_date
from app.core.db import Base, table
from app.intake.event import Event
from app.intake.lines import plain_event
from app.intake.receive import Arrival
from app.intake.store import add_events
from app.intake.tables import Event as EventRow
from app.pipeline import ingest
from benchmarks.places import Place, places
from benchmarks.population import lines

CHUNK = 20_000
SAMPLE = 2_000
_OWN = ("tenant_id", "employee_id", "received_at", "created_at")
"""What two databases say differently of the same events."""


def seed(place: Place, count: int, now: datetime) -> None:
    """Store `count` events of a population, the last of them two days before `now`."""
    filling = _Filling(place.tenant_id, now)
    stream = events(count, now)
    while chunk := list(islice(stream, CHUNK)):
        with place.ctx.database.write() as conn:
            filling.add(conn, chunk)
    with place.ctx.database.write() as conn:
        filling.finish(conn)
    _settle(place)


def events(count: int, now: datetime) -> Iterator[Event]:
    """Events of a population until two days ago, in the order they were said."""
    for line in lines(count, now - timedelta(days=2)):
        event = plain_event(line, now)
        assert event is not None, "the lines of the population are plain"
        yield event


def check(engine: str) -> None:
    """Hold a sample of such rows against what the service stores; AssertionError on a difference.

    The rule of a new tenant acts on no day that is past, so there are no flags on either side.
    """
    with places(engine, 2) as (seeded, served):
        now = served.ctx.now()
        seed(seeded, SAMPLE, now)
        said = list(events(SAMPLE, now))
        for start in range(0, SAMPLE, 50):
            with served.ctx.database.write() as conn:
                some = said[start : start + 50]
                ingest(conn, [Arrival(served.tenant_id, event) for event in some], now)
        for model in (EventRow, AbsenceRow, EmployeeRow):
            assert _rows(seeded, model) == _rows(served, model), f"{model.__tablename__} differ"


def _rows(place: Place, model: type[Base]) -> list[dict[str, Any]]:
    """All rows, in an order of their own, without what is never the same twice."""
    with place.ctx.database.read() as conn:
        found = conn.execute(select(table(model))).mappings()
        rows = [{name: row[name] for name in row if name not in _OWN} for row in found]
    return sorted(rows, key=repr)


class _Filling:
    """What is known while rows are stored: ids of employees, and absences that still go on."""

    def __init__(self, tenant_id: str, now: datetime) -> None:
        self._tenant_id = tenant_id
        self._now = now
        self._ids: dict[str, str] = {}
        self._ongoing: dict[AbsenceKey, Folded] = {}

    def add(self, conn: Connection, chunk: Sequence[Event]) -> None:
        """Store events with their employees, and the absences that are over with them."""
        unknown = {event.employee for event in chunk} - self._ids.keys()
        made = take_employees(conn, self._tenant_id, unknown, self._now)
        self._ids |= {number: employee.employee_id for number, employee in made.items()}
        said = [(self._ids[event.employee], event) for event in chunk]
        add_events(conn, self._tenant_id, said, self._now)
        over: dict[AbsenceKey, Folded] = {}
        for employee_id, event in said:
            key = (employee_id, event.source, event.absence)
            before = self._ongoing.pop(key, None)
            after = apply(before.absence if before else Absence(), event.type, event.said)
            (over if after.last_day else self._ongoing)[key] = Folded(after, event.order)
        save_absences(conn, self._tenant_id, over, ())

    def finish(self, conn: Connection) -> None:
        """Store the absences that go on, and when to look again at whom they are of."""
        save_absences(conn, self._tenant_id, self._ongoing, ())
        tomorrow = local_date(self._now, "Europe/Stockholm") + timedelta(days=1)
        due: dict[str, date | None] = {key[0]: tomorrow for key in self._ongoing}
        set_due(conn, self._tenant_id, due)


def _settle(place: Place) -> None:
    """What the engine does by itself in time: the log written back, statistics brought up."""
    with place.ctx.database.engine.connect() as conn:
        driver: Any = conn.connection.driver_connection
        if place.engine == "sqlite":
            driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            return
        driver.autocommit = True
        driver.execute("VACUUM ANALYZE")
        driver.execute("CHECKPOINT")
        driver.autocommit = False
