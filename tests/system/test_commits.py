"""What was not committed was never answered for: no 2xx, nothing stored, and trying again works."""

import itertools
import json
import resource
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.engine import Connection

from app.absences.store import take_employees
from tests.kit import Service, settings_for
from tests.kit import event as sick_report
from tests.system.conftest import Original
from tests.system.problems import assert_problem
from tests.system.world import CALLS, ROUTES, Route, World, in_working_order, rows_of

ANYBODY = {name: "x" for route in ROUTES for name in route.parameters}
SOME = ("POST /v1/events", "PUT /v1/employees", "POST /v1/flags/{flag_id}/release")
WRITING = [route for route in ROUTES if route.writes]


@contextmanager
def at_commit(service: Service, happens: Callable[[Connection], None]) -> Iterator[None]:
    """Let that happen in every transaction that is about to be committed."""
    engine = service.ctx.database.engine
    event.listen(engine, "commit", happens)
    try:
        yield
    finally:
        event.remove(engine, "commit", happens)


def disk_is_full(conn: Connection) -> None:
    """COMMIT fails for want of room: the one file may not grow, the other server says so."""
    if conn.dialect.name == "sqlite":
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
        event.listen(
            conn.engine,
            "handle_error",
            lambda _: resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard)),
            once=True,
        )
    else:
        refused_at_commit(conn, "53100")


def constraint_refuses(conn: Connection) -> None:
    """COMMIT fails for what a deferred constraint finds."""
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        conn.exec_driver_sql(
            "INSERT INTO exemptions (tenant_id, employee_id, first_day, reason)"
            " VALUES ('ten_0', 'emp_0', '2026-03-02', 'other')"
        )
    else:
        refused_at_commit(conn, "23503")


def refused_at_commit(conn: Connection, sqlstate: str) -> None:
    """Lay a trap in the transaction itself, which is gone with it."""
    conn.exec_driver_sql(
        f"""
        CREATE TEMP TABLE doomed (a int);
        CREATE FUNCTION pg_temp.refuse() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'refused' USING ERRCODE = '{sqlstate}'; END $$;
        CREATE CONSTRAINT TRIGGER refuse AFTER INSERT ON doomed DEFERRABLE INITIALLY DEFERRED
          FOR EACH ROW EXECUTE FUNCTION pg_temp.refuse();
        INSERT INTO doomed VALUES (1);
        """
    )


def connection_is_lost(conn: Connection) -> None:
    """PostgreSQL ends the session; SQLite's connection is closed under the statement."""
    if conn.dialect.name == "sqlite":
        conn.connection.driver_connection.close()  # type: ignore[union-attr]
        return
    mine = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    with create_engine(conn.engine.url, poolclass=NullPool).connect() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({mine}, 5000)")


@pytest.mark.parametrize("route", WRITING, ids=str)
def test_failing_commit_is_answered_with_503_and_leaves_nothing(world: World, route: Route):
    before = rows_of(world.service)
    with at_commit(world.service, disk_is_full):
        answer = CALLS[str(route)].send(route, world.one)
    assert_problem(answer, 503, route, code="unavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert rows_of(world.service) == before


class TestEveryWritingRoute:
    def test_stores_something_when_the_commit_works(self, own_world: World):
        """The control: these are the calls that fail above, and no other route stores anything."""
        before = rows_of(own_world.service)
        for route in in_working_order(ROUTES):
            assert CALLS[str(route)].send(route, own_world.one).is_success, route
            after = rows_of(own_world.service)
            assert (after != before) == route.writes, route
            before = after

    @pytest.mark.parametrize("trouble", [connection_is_lost, constraint_refuses])
    def test_works_again_after_a_commit_that_failed(
        self, own_world: World, trouble: Callable[[Connection], None]
    ):
        for route in (r for r in WRITING if str(r) in SOME):
            before = rows_of(own_world.service)
            with at_commit(own_world.service, trouble):
                answer = CALLS[str(route)].send(route, own_world.one)
            assert answer.status_code in (409, 500, 503), (str(route), answer.text)
            assert rows_of(own_world.service) == before, route
            assert CALLS[str(route)].send(route, own_world.one).is_success, route


def in_each_others_way(*which: int) -> Callable[[Connection], None]:
    """PostgreSQL ends those of the transactions, counted from 1, for the sake of others."""
    number = itertools.count(1)

    def refuse(conn: Connection) -> None:
        if next(number) in which:
            refused_at_commit(conn, "40P01")

    return refuse


def sizes(world: World) -> dict[str, int]:
    """How many rows there are in each table."""
    return {name: len(rows) for name, rows in rows_of(world.service).items()}


OF_SEVERAL = {"POST /v1/imports", "POST /v1/events/batch"}
"""A file is stored part by part; events that were undone are stored in two halves, and of what
changes in both more is told."""


class TestUndoneForAnothersSake:
    def test_is_carried_out_again_on_every_route_and_once_in_effect(
        self, postgres_original: Original
    ):
        """Beside it another employer does the same undisturbed."""
        with postgres_original.opened() as world, postgres_original.opened() as undisturbed:
            for route in in_working_order(r for r in WRITING if str(r) not in OF_SEVERAL):
                with at_commit(world.service, in_each_others_way(1)):
                    answer = CALLS[str(route)].send(route, world.one)
                control = CALLS[str(route)].send(route, undisturbed.one)
                assert answer.status_code == control.status_code, (str(route), answer.text)
                assert sizes(world) == sizes(undisturbed), str(route)

    @pytest.mark.parametrize("part", range(1, 6))
    def test_a_file_is_never_taken_in_by_half(self, postgres_original: Original, part: int):
        """Of 3 MiB, stored in parts: it ends whole, or with a 503, and then nothing is left."""
        lines = [sick_report("2026-02-02", id=f"n{n}") for n in range(15_000)]
        content = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        headers = {"Content-Type": "application/x-ndjson"}
        with postgres_original.opened() as world:
            before = {one["id"] for one in world.one.employer.items("/v1/imports")}
            with at_commit(world.service, in_each_others_way(part)):
                answer = world.one.employer("POST", "/v1/imports", content=content, headers=headers)
            world.service.take_in_files()
            found = world.one.employer.items("/v1/imports")
            if answer.status_code == 202:
                [one] = [one for one in found if one["id"] == answer.json()["id"]]
                assert one["counts"]["rows"] == len(lines)
            else:
                assert_problem(answer, 503, code="unavailable")
                assert {one["id"] for one in found} == before

    def test_twice_is_said(self, postgres_original: Original):
        with postgres_original.opened() as world:
            before = rows_of(world.service)
            with at_commit(world.service, in_each_others_way(1, 2)):
                answer = world.one.employer("PUT", "/v1/employees", {"employee": "4711"})
            assert_problem(answer, 503, code="unavailable")
            assert rows_of(world.service) == before


@contextmanager
def database_gone(service: Service) -> Iterator[None]:
    """For real: its folder is elsewhere, or the server has dropped it."""
    engine = service.ctx.database.engine
    engine.dispose()
    if engine.dialect.name == "sqlite":
        folder = Path(str(engine.url.database)).parent
        folder.rename(folder.with_name(f"{folder.name}-gone"))
    else:
        server = create_engine(
            engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=NullPool
        )
        with server.connect() as conn:
            conn.exec_driver_sql(f'DROP DATABASE "{engine.url.database}" WITH (FORCE)')
    yield


class TestDatabaseAway:
    """What the service does without its database: it says so, and goes on living."""

    def test_is_503_on_every_route(self, own_world: World):
        with database_gone(own_world.service):
            for route in ROUTES:
                answer = own_world.one.employer(
                    route.method, route.filled(ANYBODY), {} if route.takes_body else None
                )
                assert_problem(answer, 503, route, code="unavailable")
                assert int(answer.headers["retry-after"]) > 0

    def test_is_not_ready_yet_alive(self, own_world: World):
        client = own_world.service.client
        assert client.get("/readyz").status_code == 200
        with database_gone(own_world.service):
            ready = client.get("/readyz")
            assert ready.status_code == 503
            assert ready.json()["status"] == "not_ready"
            assert ready.json()["checks"]["database"] is False
            assert client.get("/livez").status_code == 200


class TestQueue:
    """The writer's queue is bounded: what does not fit is refused whole, and nothing is lost."""

    def test_refuses_a_batch_that_does_not_fit(self, database_url: str):
        with Service(settings_for(database_url, queue_capacity=2)) as service:
            employer = service.employer()
            before = rows_of(service)
            three = [sick_report("2026-03-02", employee=str(n)) for n in range(3)]
            answer = employer("POST", "/v1/events/batch", three)
            assert_problem(answer, 503, code="unavailable")
            assert int(answer.headers["retry-after"]) > 0
            assert rows_of(service) == before
            assert len(employer.ok("POST", "/v1/events/batch", three[:2])) == 2

    def test_full_is_503_and_what_was_answered_for_is_stored(self, database_url: str):
        """While nothing can be stored the writer has up to three in hand and three may wait."""
        with Service(settings_for(database_url, queue_capacity=3)) as service:
            employer = service.employer()
            employer.post(sick_report("2026-02-02", id="before"))
            with ThreadPoolExecutor(10) as threads:
                with held_up(service, employer.tenant_id):
                    posted = {
                        f"e-{n}": threads.submit(
                            employer, "POST", "/v1/events", sick_report("2026-03-02", id=f"e-{n}")
                        )
                        for n in range(10)
                    }
                    wait_until(lambda: sum(answer.done() for answer in posted.values()) >= 4)
                    early = [answer.result() for answer in posted.values() if answer.done()]
                for answer in early:
                    assert_problem(answer, 503, code="unavailable")
                    assert int(answer.headers["retry-after"]) > 0
                created = {i for i, a in posted.items() if a.result().status_code == 201}
            assert 1 <= len(created) <= 6
            assert {row[2] for row in rows_of(service)["events"]} == {"before", *created}


@contextmanager
def held_up(service: Service, tenant_id: str) -> Iterator[None]:
    """The writer waits as long as another transaction has the employee in hand."""
    with service.ctx.database.write() as conn:
        take_employees(conn, tenant_id, ["1001"], service.clock.now())
        yield


def wait_until(true: Callable[[], bool]) -> None:
    moment = threading.Event()
    for _ in range(500):
        if true():
            return
        moment.wait(0.01)
    raise AssertionError("it did not come to that")
