"""Rows in bulk: as few bytes through as few statements as each engine allows.

SQLite binds row after row to one statement. PostgreSQL takes few rows as one JSON parameter and
many by COPY. Values are text as the engine stores it, integers, booleans or None.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy import String
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from app.core.db import Base, table
from app.core.instants import utc_text
from app.core.sets import listed

COPIED_FROM = 100
"""On PostgreSQL COPY is the quicker way from so many rows on."""

Row = tuple[str | int | bool | None, ...]


_STORED = "rows_stored"
_LOOK_AT = "look_at_sizes"
_FIRST_LOOK = 100


def make_sizes_known(conn: Connection, stored: int, *models: type[Base]) -> None:
    """Let PostgreSQL look at tables that have grown to many times the size it knows.

    It would find out by itself within a minute or two. Until then it takes one tenant's rows for
    few, keeps the plans it made for that, and reads all of them for each key and foreign key.
    `stored`: how many rows have just been. Asked for when this connection has stored a hundred,
    and each time it has stored four times as many again; nobody is waited for. Whoever may not do
    that is passed over with a warning of the server.
    """
    if conn.dialect.name == "sqlite":
        return
    count = conn.info[_STORED] = conn.info.get(_STORED, 0) + stored
    if count < conn.info.get(_LOOK_AT, _FIRST_LOOK):
        return
    conn.info[_LOOK_AT] = 4 * count
    grown = conn.exec_driver_sql(
        "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace"
        " AND relname = ANY(%(names)s) AND reltuples < %(count)s",
        {"names": sorted(table(model).name for model in models), "count": count / 4},
    )
    if found := [row.relname for row in grown]:
        # A tenth of the usual sample tells few rows from many, in a tenth of the time.
        conn.exec_driver_sql("SET LOCAL default_statistics_target = 10")
        conn.exec_driver_sql(f"ANALYZE (SKIP_LOCKED) {', '.join(sorted(found))}")


def one_writes_at_a_time(conn: Connection) -> bool:
    """Whether a transaction that writes has nobody beside it, and no row need be locked."""
    return conn.dialect.name == "sqlite"


def instant_form(conn: Connection) -> Callable[[datetime], str]:
    """How the engine stores instants."""
    if conn.dialect.name == "sqlite":
        return _utc_without_zone
    return utc_text


def _utc_without_zone(moment: datetime) -> str:
    return _without_zone(utc_text(moment))


def utc_form(conn: Connection) -> Callable[[str], str]:
    """The same for an instant in UTC as `isoformat` writes it."""
    return _without_zone if conn.dialect.name == "sqlite" else str


def _without_zone(utc: str) -> str:
    if len(utc) == len("2026-03-02T07:00:00+00:00"):
        return f"{utc[:10]} {utc[11:19]}.000000"
    return f"{utc[:10]} {utc[11:26]}"


def insert_rows(
    conn: Connection, model: type[Base], columns: tuple[str, ...], rows: Iterable[Row], count: int
) -> None:
    """Store so many new rows. A key that exists is an IntegrityError.

    Rows that are made as they are taken are made while PostgreSQL stores those before.
    """
    if conn.dialect.name == "postgresql" and count >= COPIED_FROM:
        _copy(conn, f"COPY {table(model).name} ({', '.join(columns)}) FROM STDIN", rows)
    elif count:
        _execute(conn, model, columns, (), list(rows))


def add_rows(
    conn: Connection, model: type[Base], columns: tuple[str, ...], rows: Sequence[Row]
) -> None:
    """Store rows, and leave those alone that are there already."""
    _execute(conn, model, columns, None, rows)


def replace_rows(
    conn: Connection,
    model: type[Base],
    columns: tuple[str, ...],
    overwritten: tuple[str, ...],
    rows: Sequence[Row],
) -> None:
    """Store rows, new ones or, where the key exists, in the place of `overwritten`."""
    _execute(conn, model, columns, overwritten, rows)


def _execute(
    conn: Connection,
    model: type[Base],
    columns: tuple[str, ...],
    overwritten: tuple[str, ...] | None,
    rows: Sequence[Row],
) -> None:
    """`overwritten`: of a row whose key exists; nothing: an error; None: it stays as it is."""
    if not rows:
        return
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql(_row_by_row(model, columns, overwritten), rows)
    else:
        statement = _all_at_once(model, columns, overwritten)
        conn.exec_driver_sql(statement, {"rows": listed(rows)})


@lru_cache
def _row_by_row(
    model: type[Base], columns: tuple[str, ...], overwritten: tuple[str, ...] | None
) -> str:
    marks = ", ".join("?" for _ in columns)
    return f"{_into(model, columns)} VALUES ({marks}){_on_conflict(model, overwritten)}"


@lru_cache
def _all_at_once(
    model: type[Base], columns: tuple[str, ...], overwritten: tuple[str, ...] | None
) -> str:
    values = ", ".join(_value(model, name, place) for place, name in enumerate(columns))
    source = "jsonb_array_elements(%(rows)s::jsonb) AS given(row)"
    into = _into(model, columns)
    return f"{into} SELECT {values} FROM {source}{_on_conflict(model, overwritten)}"  # noqa: S608 - of our own names alone


def _value(model: type[Base], name: str, place: int) -> str:
    """A cast to text of limited length would cut what is too long, and is left out."""
    kind = table(model).c[name].type
    text = f"(row ->> {place})"
    if isinstance(kind, String):
        return text
    return f"{text}::{kind.compile(dialect=postgresql.dialect())}"  # type: ignore[no-untyped-call]  # ships none


def _into(model: type[Base], columns: tuple[str, ...]) -> str:
    return f"INSERT INTO {table(model).name} ({', '.join(columns)})"


def _on_conflict(model: type[Base], overwritten: tuple[str, ...] | None) -> str:
    if not overwritten:
        return " ON CONFLICT DO NOTHING" if overwritten is None else ""
    key = ", ".join(column.name for column in table(model).primary_key)
    values = ", ".join(f"{name} = excluded.{name}" for name in overwritten)
    return f" ON CONFLICT ({key}) DO UPDATE SET {values}"


def _copy(conn: Connection, statement: str, rows: Iterable[Row]) -> None:
    driver: Any = conn.connection.driver_connection
    try:
        with driver.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)
    except psycopg.Error as error:
        # In the words in which all other statements fail, without their values.
        raise DBAPIError.instance(
            statement, None, error, psycopg.Error, hide_parameters=True, dialect=conn.dialect
        ) from error
