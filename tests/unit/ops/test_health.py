"""Is it well: each thing that can be amiss is seen by name, and none is taken for another."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.clock import SetClock
from app.core.context import Context
from app.core.settings import Settings
from app.ops.health import HEARTBEAT_LIMIT, Heartbeat, checks
from app.ops.start import make_context
from tests.kit import at, settings_for

NOW = at("2026-03-02")
WELL = {"database": True, "schema": True, "writer": True, "ticker": True}


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def ctx(settings: Settings, clock: SetClock) -> Iterator[Context]:
    """A process that takes events, without HTTP around it."""
    made = make_context(settings, clock)
    made.ingest.start()
    yield made
    made.ingest.close()
    made.database.close()


class TestChecks:
    def test_find_all_well(self, ctx: Context):
        assert checks(ctx, None) == WELL

    def test_see_that_the_writer_takes_nothing(self, ctx: Context):
        ctx.ingest.close()
        assert checks(ctx, None) == WELL | {"writer": False}

    def test_see_that_the_schema_is_not_the_newest(self, ctx: Context):
        with ctx.database.write() as conn:
            conn.execute(text("DELETE FROM alembic_version"))
        assert checks(ctx, None) == WELL | {"schema": False}

    def test_see_that_the_schema_is_of_an_unknown_future(self, ctx: Context):
        with ctx.database.write() as conn:
            conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        assert checks(ctx, None) == WELL | {"schema": False}

    def test_see_that_the_database_is_away(self, tmp_path, clock: SetClock):
        ctx = make_context(settings_for(f"sqlite:///{tmp_path}/there/omtanke.db"), clock)
        (tmp_path / "there").rename(tmp_path / "elsewhere")
        ctx.ingest.start()
        assert checks(ctx, None) == WELL | {"database": False, "schema": False}
        ctx.ingest.close()
        ctx.database.close()

    def test_see_that_the_ticker_stands_still(self, ctx: Context, clock: SetClock):
        heartbeat = Heartbeat()
        heartbeat.beat(NOW)
        second = timedelta(seconds=1)
        for since, well in {
            timedelta(0): True,
            HEARTBEAT_LIMIT - second: True,
            HEARTBEAT_LIMIT: False,
            timedelta(days=3): False,
        }.items():
            clock.set(NOW + since)
            assert checks(ctx, heartbeat) == WELL | {"ticker": well}

    def test_see_that_the_ticker_never_came_round(self, ctx: Context):
        assert checks(ctx, Heartbeat()) == WELL | {"ticker": False}
