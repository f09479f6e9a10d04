"""The promises of the engines, asked of the engines: durable, checked, in UTC, one writer."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError, StatementError

from app.access.tables import Tenant
from app.core.db import BUSY_TIMEOUT_MS, Database, others_about
from app.core.errors import Contended, Unavailable
from app.core.ids import new_id
from app.core.rows import make_sizes_known
from tests.kit import settings_for

AT = datetime(2026, 3, 2, 7, tzinfo=UTC)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(settings_for(database_url))
    yield opened
    opened.close()


@pytest.fixture
def on_sqlite(sqlite_url: str) -> Iterator[Database]:
    opened = Database(settings_for(sqlite_url))
    yield opened
    opened.close()


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[Database]:
    opened = Database(settings_for(postgres_url))
    yield opened
    opened.close()


def tenant(tenant_id: str, created_at: datetime) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "name": "Testkommun",
        "settings": {},
        "version": 1,
        "created_at": created_at,
    }


class TestInstant:
    def test_refuses_a_naive_time(self, database: Database):
        naive = datetime(2026, 3, 2, 7)  # noqa: DTZ001 - that is the point
        naively = pytest.raises(StatementError, match="an instant must be aware")
        with naively, database.write() as conn:
            conn.execute(insert(Tenant).values(tenant("ten_1", naive)))
        with naively, database.read() as conn:
            conn.execute(select(Tenant).where(Tenant.created_at < naive))

    def test_comes_back_aware_and_in_utc_to_the_microsecond(self, database: Database):
        told = datetime(2026, 3, 2, 0, 30, 0, 123456, timezone(timedelta(hours=5, minutes=30)))
        with database.write() as conn:
            conn.execute(insert(Tenant).values(tenant("ten_1", told)))
        with database.read() as conn:
            kept = conn.scalars(select(Tenant.created_at)).one()
        assert (kept, kept.tzinfo) == (told, UTC)

    def test_orders_by_when_it_was_and_not_by_how_it_was_written(self, database: Database):
        moments = [
            datetime(2026, 3, 29, 3, tzinfo=timezone(timedelta(hours=2))),  # 01:00 in UTC
            datetime(2026, 3, 29, 1, 30, tzinfo=UTC),
            datetime(2026, 3, 28, 23, tzinfo=timezone(timedelta(hours=-3))),  # 02:00 in UTC
        ]
        with database.write() as conn:
            rows = [tenant(f"ten_{n}", at) for n, at in enumerate(moments)]
            conn.execute(insert(Tenant), rows[::-1])
        with database.read() as conn:
            ids = conn.scalars(select(Tenant.tenant_id).order_by(Tenant.created_at))
            assert list(ids) == ["ten_0", "ten_1", "ten_2"]


class TestWrite:
    def test_leaves_nothing_when_the_block_fails(self, database: Database):
        def half_done() -> None:
            with database.write() as conn:
                conn.execute(insert(Tenant).values(tenant("ten_1", datetime.now(UTC))))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            half_done()
        with database.read() as conn:
            assert conn.scalars(select(Tenant.tenant_id)).all() == []

    def test_tells_when_one_has_been_committed(self, database: Database):
        heard: list[int] = []
        database.after_write = lambda: heard.append(1)
        with database.write() as conn:
            conn.execute(insert(Tenant).values(tenant("ten_1", datetime.now(UTC))))
            assert heard == []
        assert heard == [1]
        with pytest.raises(RuntimeError), database.write():
            raise RuntimeError
        assert heard == [1]

    def test_enforces_foreign_keys(self, database: Database):
        with pytest.raises(IntegrityError), database.write() as conn:
            conn.execute(
                text(
                    "INSERT INTO exemptions (tenant_id, employee_id, first_day, reason)"
                    " VALUES ('ten_1', 'emp_nobody', '2026-03-02', 'other')"
                )
            )


class TestRead:
    def test_leaves_no_trace(self, database: Database):
        with database.read() as conn:
            conn.execute(insert(Tenant).values(tenant("ten_1", datetime.now(UTC))))
        with database.read() as conn:
            assert conn.scalars(select(Tenant.tenant_id)).all() == []


class TestSqlite:
    def test_is_durable_and_checked_on_every_connection_of_the_pool(self, on_sqlite: Database):
        with ExitStack() as open_ones:
            pooled = [open_ones.enter_context(on_sqlite.read()) for _ in range(8)]
            assert len({id(conn.connection.driver_connection) for conn in pooled}) == 8
            for conn in pooled:
                pragmas = {
                    name: conn.exec_driver_sql(f"PRAGMA {name}").scalar_one()
                    for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
                }
                assert pragmas == {
                    "journal_mode": "wal",
                    "synchronous": 2,  # FULL
                    "foreign_keys": 1,
                    "busy_timeout": BUSY_TIMEOUT_MS,
                }

    def test_is_so_again_on_a_connection_that_comes_back(self, on_sqlite: Database):
        for _ in range(3):
            with on_sqlite.write() as conn:
                assert conn.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
                assert conn.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1

    def test_takes_the_lock_with_the_first_look_of_a_write_and_not_of_a_read(
        self, on_sqlite: Database, sqlite_url: str
    ):
        path = sqlite_url.removeprefix("sqlite:///")
        outside = sqlite3.connect(path, timeout=0, isolation_level=None)
        with on_sqlite.read() as conn:
            conn.execute(select(Tenant))
            outside.execute("BEGIN IMMEDIATE")
            outside.execute("ROLLBACK")
        with on_sqlite.write() as conn:
            conn.execute(select(Tenant))
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                outside.execute("BEGIN IMMEDIATE")
            outside.execute("SELECT count(*) FROM tenants").fetchone()  # readers never wait
        outside.close()

    def test_reads_one_state_as_long_as_a_read_lasts(self, on_sqlite: Database):
        with on_sqlite.read() as reading:
            assert reading.scalars(select(Tenant.tenant_id)).all() == []
            with on_sqlite.write() as conn:
                conn.execute(insert(Tenant).values(tenant("ten_1", datetime.now(UTC))))
            assert reading.scalars(select(Tenant.tenant_id)).all() == []

    def test_file_gone_is_an_outage_said_without_its_path(
        self, on_sqlite: Database, sqlite_url: str
    ):
        on_sqlite.engine.dispose()
        folder = Path(sqlite_url.removeprefix("sqlite:///")).parent
        folder.rename(folder.with_name("gone"))
        with pytest.raises(Unavailable) as outage:
            on_sqlite.check()
        assert str(folder) not in str(outage.value)


SHOWN = {
    "timezone": "UTC",
    "synchronous_commit": "on",
    "transaction_isolation": "read committed",
    "lock_timeout": "5s",
    "statement_timeout": "1min",
    "idle_in_transaction_session_timeout": "1min",
}


class TestPostgres:
    def test_session_is_in_utc_durable_and_waits_only_so_long(self, on_postgres: Database):
        with ExitStack() as open_ones:
            for conn in [open_ones.enter_context(on_postgres.read()) for _ in range(8)]:
                shown = {name: conn.exec_driver_sql(f"SHOW {name}").scalar_one() for name in SHOWN}
                assert shown == SHOWN

    def test_session_cut_off_is_replaced_unseen(self, on_postgres: Database):
        with on_postgres.read() as conn:
            first = conn.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        with on_postgres.read() as one, on_postgres.read() as other:
            pids = [c.exec_driver_sql("SELECT pg_backend_pid()").scalar_one() for c in (one, other)]
            assert pids[0] == first
            other.exec_driver_sql(f"SELECT pg_terminate_backend({pids[0]}, 5000)")
            with pytest.raises(Unavailable), on_postgres.read():
                one.exec_driver_sql("SELECT 1")
        on_postgres.check()

    def test_looks_at_a_table_that_has_outgrown_what_is_known_of_it(self, on_postgres: Database):
        known = text("SELECT reltuples FROM pg_class WHERE oid = 'tenants'::regclass")
        now = datetime(2026, 3, 2, 7, tzinfo=UTC)
        with on_postgres.write() as conn:
            for number in range(5):
                conn.execute(insert(Tenant).values(tenant(f"ten_{number}", now)))
            make_sizes_known(conn, 99, Tenant)
            assert conn.execute(known).scalar_one() <= 0
            make_sizes_known(conn, 1, Tenant)
            assert conn.execute(known).scalar_one() == 5
            conn.execute(insert(Tenant).values(tenant("ten_5", now)))
            make_sizes_known(conn, 299, Tenant)
            assert conn.execute(known).scalar_one() == 5
            make_sizes_known(conn, 1, Tenant)
            assert conn.execute(known).scalar_one() == 6

    def test_keeps_what_is_asked_about_out_of_its_errors(self, on_postgres: Database):
        with pytest.raises(StatementError) as failed, on_postgres.read() as conn:
            conn.execute(text("SELECT cast(:number AS int)"), {"number": "196101182803x"})
        assert "[SQL parameters hidden" in str(failed.value)


class TestRefusals:
    """Why the database did not do something: in the log by kind and state, in no other words."""

    def test_of_a_locked_file(self, on_sqlite: Database, caplog: pytest.LogCaptureFixture):
        other = sqlite3.connect(str(on_sqlite.engine.url.database))
        other.execute("BEGIN EXCLUSIVE")

        def overwrite() -> None:
            with on_sqlite.read() as conn:
                conn.exec_driver_sql("PRAGMA busy_timeout = 1")
                conn.exec_driver_sql("UPDATE tenants SET name = 'kanariefagel'")

        with pytest.raises(Unavailable):
            overwrite()
        other.close()
        assert refusals(caplog) == [{"error": "OperationalError", "state": "SQLITE_BUSY"}]
        assert "kanariefagel" not in caplog.text

    @pytest.mark.parametrize("door", ["read", "write"])
    def test_of_a_row_that_another_holds(
        self, on_postgres: Database, caplog: pytest.LogCaptureFixture, door: str
    ):
        """Only what was to be written may be tried again: nothing of it is left."""
        with on_postgres.write() as conn:
            conn.execute(insert(Tenant).values(tenant("ten_1", AT)))

        def overwrite() -> None:
            with getattr(on_postgres, door)() as conn:
                conn.exec_driver_sql("SET LOCAL lock_timeout = '10ms'")
                conn.exec_driver_sql("UPDATE tenants SET name = 'kanariefagel'")

        with on_postgres.write() as holding:
            holding.execute(update(Tenant).values(name="En"))
            with pytest.raises(Unavailable) as refused:
                overwrite()
        assert isinstance(refused.value, Contended) is (door == "write")
        assert refusals(caplog) == [{"error": "LockNotAvailable", "state": "55P03"}]
        assert "kanariefagel" not in caplog.text


def refusals(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [vars(r)["ids"] for r in caplog.records if r.getMessage() == "database_refused"]


class TestOthersAbout:
    """An import takes shorter turns where others write, too."""

    def test_sqlite_has_been_written_by_another_connection(self, on_sqlite: Database):
        other = sqlite3.connect(str(on_sqlite.engine.url.database))
        for _ in range(3):
            with on_sqlite.write() as conn:
                conn.execute(insert(Tenant).values(tenant(new_id("ten"), AT)))
                assert not others_about(conn)
        other.execute("UPDATE tenants SET name = 'Annan'")
        other.commit()
        other.close()
        for expected in (True, False):
            with on_sqlite.write() as conn:
                assert others_about(conn) is expected

    def test_postgres_has_somebody_waiting_for_a_row(self, on_postgres: Database):
        with on_postgres.write() as conn:
            conn.execute(insert(Tenant).values(tenant("ten_1", AT)))

        def overwrite() -> None:
            with on_postgres.write() as conn:
                conn.execute(update(Tenant).values(name="Annan"))

        with ThreadPoolExecutor(1) as beside, on_postgres.write() as conn:
            conn.execute(update(Tenant).values(name="En"))
            assert not others_about(conn)
            waiting = beside.submit(overwrite)
            until = time.monotonic() + 10
            while not others_about(conn):
                assert time.monotonic() < until
                time.sleep(0.01)
            assert not waiting.done()
            conn.commit()
            waiting.result(10)
