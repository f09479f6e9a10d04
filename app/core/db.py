"""The database: one engine, read and write transactions, and the only commit of the service.

A write transaction on SQLite begins IMMEDIATE, one at a time in this process; on PostgreSQL row
locks and unique constraints order what several processes do.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    Engine,
    Insert,
    MetaData,
    Select,
    String,
    Table,
    create_engine,
    event,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Row
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

from app.core.errors import Contended, NotFound, Unavailable
from app.core.settings import Settings

BUSY_TIMEOUT_MS = 20_000
_CACHE_KIB = 16 * 1024
_WAL_PAGES = 8000
_WRITE = "omtanke_write"
# Deadlock, serialization failure, lock not available: another transaction was in the way.
_CONTENTION = ("40P01", "40001", "55P03")
# An answer follows the commit, and a commit is durable whatever the server's default is.
_PG_OPTIONS = (
    "-c timezone=UTC -c synchronous_commit=on -c lock_timeout=5s -c statement_timeout=60s "
    "-c idle_in_transaction_session_timeout=60s -c default_transaction_isolation=read\\ committed"
)

log = logging.getLogger("app.database")

Json = JSON().with_variant(postgresql.JSONB(), "postgresql")
"""A JSON document; JSONB on PostgreSQL."""

Id = String(40)
"""A prefixed id."""


class Instant(TypeDecorator[datetime]):
    """An instant: naive values are refused, what comes back is aware and in UTC."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the driver: UTC; SQLite keeps it without the zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must be aware")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the driver."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Tables are declared, statements are Core; constraint names follow one convention."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: Instant(), dict[str, Any]: Json}


class TenantTable(Base):
    """Data of a tenant: every key leads with `tenant_id`, so it can be distributed by it."""

    __abstract__ = True

    tenant_id: Mapped[str] = mapped_column(Id, primary_key=True, sort_order=-1)


def table(model: type[Base]) -> Table:
    """The Core table of a declared one."""
    found = model.__table__
    assert isinstance(found, Table)  # noqa: S101 - declared tables are plain tables
    return found


def the_one(
    conn: Connection, wanted: Select[Any], given: Mapping[str, Any] | None = None
) -> Row[Any]:
    """The one row that is asked for by its key; raises NotFound."""
    row = conn.execute(wanted, given).one_or_none()
    if row is None:
        raise NotFound
    return row


def upsert(conn: Connection, model: type[Base]) -> "sqlite.Insert | postgresql.Insert":
    """An insert that can say ON CONFLICT, in the engine's own dialect."""
    if conn.dialect.name == "sqlite":
        return sqlite.insert(model)
    return postgresql.insert(model)


def insert_new(conn: Connection, model: type[Base]) -> Insert:
    """An insert that leaves rows alone that are there already."""
    return upsert(conn, model).on_conflict_do_nothing()


def insert_or_replace(conn: Connection, model: type[Base], columns: Sequence[str]) -> Insert:
    """An insert that, where the key exists, overwrites `columns`."""
    statement = upsert(conn, model)
    key = [column.name for column in table(model).primary_key]
    return statement.on_conflict_do_update(
        index_elements=key, set_={name: statement.excluded[name] for name in columns}
    )


def plan_anew(conn: Connection) -> None:
    """For a transaction that stores much: every statement is planned for the tables as they are.

    PostgreSQL keeps a session's plans, also those of its foreign keys. One of the time when a
    table was empty reads all of it for every row, until the table is analysed.
    """
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("SET LOCAL plan_cache_mode = force_custom_plan")


_SEEN_VERSION = "data_version"
_WAITED_FOR = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
    " AND transactionid = pg_current_xact_id_if_assigned()::xid)"
)


def others_about(conn: Connection) -> bool:
    """Whether a transaction that is about to be committed is in the way of others, as far as known.

    On PostgreSQL: somebody waits for a row that it has locked. On SQLite, where nobody can be seen
    waiting: another connection has written since this one was last asked about.
    """
    if conn.dialect.name == "postgresql":
        return bool(conn.scalar(_WAITED_FOR))
    version = conn.exec_driver_sql("PRAGMA data_version").scalar_one()
    seen, conn.info[_SEEN_VERSION] = conn.info.get(_SEEN_VERSION, version), version
    return bool(seen != version)


def _nothing() -> None:
    """What happens after a write when nobody waits for one."""


_joined: ContextVar["tuple[Database, Connection] | None"] = ContextVar("joined", default=None)


class Database:
    """An engine and its transactions. `after_write` is called when one has been committed."""

    def __init__(self, settings: Settings) -> None:
        self.engine = _engine(settings)
        self.on_sqlite = settings.on_sqlite
        self._writing = threading.Lock()
        self.after_write: Callable[[], None] = _nothing

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that leaves no trace; within `joined` a look at what it has so far."""
        if (conn := self._joined()) is not None:
            yield conn
            return
        with _outages_named(Unavailable), self.engine.connect() as conn:
            yield conn

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is committed when the block ends, and not otherwise.

        Waiting for the lock here, not in SQLite, wakes the next at once: SQLite polls.
        Within `joined` it is a part of that one: undone alone, committed together.
        """
        if (conn := self._joined()) is not None:
            with conn.begin_nested():
                yield conn
            return
        with _outages_named(Contended), self._turn(), self._begun() as conn:
            yield conn
            _commit(conn)
        self.after_write()

    @contextmanager
    def joined(self) -> Iterator[Connection]:
        """One transaction for all that is read and written within, in this thread.

        It is committed when the block ends, and not otherwise.
        """
        with self.write() as conn:
            token = _joined.set((self, conn))
            try:
                yield conn
            finally:
                _joined.reset(token)

    def _joined(self) -> Connection | None:
        """The connection of the transaction that this thread is in the midst of, if any."""
        found = _joined.get()
        return found[1] if found is not None and found[0] is self else None

    @contextmanager
    def _begun(self) -> Iterator[Connection]:
        with self.engine.connect() as conn:
            yield conn.execution_options(**{_WRITE: True})

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self.on_sqlite:
            yield
            return
        with self._writing:
            yield

    def check(self) -> None:
        """Raise Unavailable when the database does not answer."""
        with self.read() as conn:
            conn.execute(text("SELECT 1"))

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _commit(conn: Connection) -> None:
    """The one commit. A connection on which it failed is thrown away.

    The library takes the transaction for ended, but SQLite would keep it open, with its lock.
    """
    try:
        conn.commit()
    except BaseException:
        conn.invalidate()
        raise


@contextmanager
def _outages_named(contended: type[Unavailable]) -> Iterator[None]:
    """The database away, locked or out of connections: said as such, without its words.

    `contended`: what is raised where another transaction was in the way.
    """
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        cause = getattr(error, "orig", error)
        state = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorname", None)
        kind = {"error": type(cause).__name__, "state": state}
        log.warning("database_refused", extra={"ids": kind})
        raise (contended if state in _CONTENTION else Unavailable) from error


def _engine(settings: Settings) -> Engine:
    # hide_parameters: a driver's message repeats values, and those are about people.
    if settings.on_sqlite:
        path = settings.database_url.removeprefix("sqlite:///")
        _make_private(Path(path))
        # The connection used last is used next: what it has in its cache is still true.
        engine = create_engine(
            settings.database_url,
            hide_parameters=True,
            poolclass=QueuePool,
            pool_size=48,
            pool_use_lifo=True,
        )
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        settings.database_url,
        hide_parameters=True,
        pool_size=16,
        max_overflow=32,
        pool_timeout=10,
        pool_pre_ping=True,
        connect_args={"options": _PG_OPTIONS, "connect_timeout": 5},
    )


def _make_private(path: Path) -> None:
    """A new database is its owner's alone; SQLite gives its side files the same mode."""
    if path.name in ("", ":memory:"):
        return
    if not path.parent.exists():
        path.parent.mkdir(parents=True, mode=0o700)
    if not path.exists():
        path.touch(mode=0o600)


def _prepare_sqlite(connection: Any, _: Any) -> None:
    """Durable, checked, and with transactions begun by us alone."""
    connection.isolation_level = None
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        # Ids are spread over whole indexes: room for more of their pages, written back less often.
        f"cache_size=-{_CACHE_KIB}",
        f"wal_autocheckpoint={_WAL_PAGES}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(conn: Connection) -> None:
    """A write takes its lock at once: a deferred one would fail later, without waiting."""
    immediate = conn.get_execution_options().get(_WRITE)
    conn.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")
