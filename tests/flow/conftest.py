"""The stories here share one PostgreSQL database: emptying it takes 3 ms, cloning one 200."""

from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, delete, pool
from sqlalchemy.schema import sort_tables

from app.schema import TABLES
from tests import postgres


@pytest.fixture(scope="session")
def shared_database(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """A migrated database."""
    with postgres.clone(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture
def postgres_url(shared_database: str) -> str:
    """The same, empty again whatever the test before left in it."""
    engine = create_engine(shared_database, poolclass=pool.NullPool)
    with engine.begin() as conn:
        conn.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        for table in reversed(sort_tables(TABLES.values())):
            conn.execute(delete(table))
    return shared_database
