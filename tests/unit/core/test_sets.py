"""Many values in one statement: looked up by the key on SQLite, not by reading all of a tenant."""

import pytest
from sqlalchemy import Column, MetaData, String, Table, bindparam, create_engine, select

from app.core.sets import among, listed

ROWS = Table(
    "rows",
    MetaData(),
    *(Column(name, String, primary_key=True) for name in ("tenant", "source", "name")),
)
MINE = ROWS.c.tenant == bindparam("tenant")


@pytest.mark.parametrize(
    ("columns", "values", "found"),
    [
        ((ROWS.c.source,), ["a", "z"], [("a", "1"), ("a", "2")]),
        ((ROWS.c.source, ROWS.c.name), [["a", "2"], ["b", "1"], ["z", "1"]], [("a", "2")]),
    ],
)
def test_sqlite_finds_each_in_the_index(columns, values, found):
    asked = select(ROWS.c.source, ROWS.c.name).where(MINE, among("values", *columns))
    given = {"tenant": "one", "values": listed(values)}
    with create_engine("sqlite://").connect() as conn:
        ROWS.create(conn)
        stored = [("one", "a", "1"), ("one", "a", "2"), ("two", "b", "1")]
        conn.exec_driver_sql("INSERT INTO rows VALUES (?, ?, ?)", stored)
        assert sorted(map(tuple, conn.execute(asked, given))) == found
        text = str(asked.compile(dialect=conn.dialect))
        plan = [
            row.detail for row in conn.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", ("", "[]"))
        ]
    by_key = " AND ".join(f"{name}=?" for name in ("tenant", *(column.name for column in columns)))
    assert f"({by_key})" in plan[0]
