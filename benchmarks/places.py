"""Where benchmarks work: a migrated database of their own on either engine, with one tenant."""

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from app.access.settings import TenantSettings
from app.core.context import Context
from app.core.db import Database
from app.core.settings import Settings
from app.migrate import migrate
from app.ops.admin import create_tenant
from app.ops.start import make_context
from tests import postgres
from tests.kit import settings_for

ENGINES = ("sqlite", "postgresql")


@dataclass(frozen=True)
class Place:
    """A database with a tenant in it that has a rule in force, and a folder for files."""

    engine: str
    settings: Settings
    ctx: Context
    tenant_id: str
    key: str
    folder: Path


@contextlib.contextmanager
def places(engine: str, count: int = 1) -> Iterator[list[Place]]:
    """Databases with the settings of production: every commit durable. Removed afterwards."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="bench")))
        if engine == "sqlite":
            urls = [f"sqlite:///{folder}/{n}.db" for n in range(count)]
        else:
            admin = stack.enter_context(postgres.server(durable=True))
            urls = [stack.enter_context(postgres.database(admin)) for _ in range(count)]
        yield [stack.enter_context(_place(engine, url, folder)) for url in urls]


@contextlib.contextmanager
def _place(engine: str, url: str, folder: Path) -> Iterator[Place]:
    settings = settings_for(url)
    database = Database(settings)
    migrate(database)
    database.close()
    ctx = make_context(settings)
    decided = TenantSettings(release="automatic", decision_reference="benchmark")
    made = create_tenant(ctx, name="Bench", settings=decided, preset="orust", live_from=None)
    try:
        yield Place(engine, settings, ctx, *made, folder)
    finally:
        ctx.database.close()
