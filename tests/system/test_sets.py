"""Many keys in one statement: the same rows on both engines, whatever the keys are."""

from collections.abc import Sequence
from itertools import product

import pytest
from sqlalchemy import Column, MetaData, String, Table, bindparam, insert, select
from sqlalchemy.engine import Connection

from app.core.db import Database
from app.core.sets import among, listed
from tests.kit import settings_for

TEXTS = ("a", "b", "å", 'it"s', "{}", "null", "1")
SPOTS = Table(
    "spots",
    MetaData(),
    *(Column(name, String(20), primary_key=True) for name in ("tenant", "one", "two", "three")),
    prefixes=["TEMPORARY"],
)


@pytest.fixture(params=[1, 2, 3])
def columns(request: pytest.FixtureRequest):
    return (SPOTS.c.one, SPOTS.c.two, SPOTS.c.three)[: request.param]


def found(conn: Connection, columns: Sequence[Column[str]], wanted: list[tuple[str, ...]], led_by):
    statement = select(*columns).where(
        SPOTS.c.tenant == bindparam("tenant"), among("keys", *columns, led_by=led_by)
    )
    keys = listed([key[0] for key in wanted] if len(columns) == 1 else wanted)
    return {tuple(row) for row in conn.execute(statement, {"tenant": "t", "keys": keys})}


@pytest.mark.parametrize("led_by", [1, 2])
def test_finds_the_rows_of_the_keys_and_no_others(database_url: str, columns, led_by):
    database = Database(settings_for(database_url))
    with database.write() as conn:
        SPOTS.create(conn)
        rows = [("t", *key) for key in product(TEXTS, repeat=3)]
        conn.execute(insert(SPOTS), [dict(zip(SPOTS.c.keys(), row, strict=True)) for row in rows])
        every = sorted(product(TEXTS, repeat=len(columns)))
        wanted = [*every[::3], ("nowhere",) * len(columns)]
        assert found(conn, columns, wanted, led_by) == set(every[::3])
        assert found(conn, columns, [], led_by) == set()
        conn.rollback()
    database.close()
