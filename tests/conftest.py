"""What every test may ask for: a migrated database on either engine, and a service on it."""

import gc
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import hypothesis
import pytest

from app.core.db import Database
from app.core.settings import Settings
from app.migrate import migrate
from tests import postgres
from tests.kit import Service, settings_for

# Garbage is looked for less often, and never among what the tests themselves are made of: that took
# a third of the time in which they are collected, and a fourth of the time in which they run.
gc.set_threshold(20_000, 10, 10)

MEMORY = Path("/dev/shm")
ROOM = 1 << 30
"""Bytes that must be free there for the databases of tests to lie in it."""

# How long an example takes is the machine's affair, which others use, too.
hypothesis.settings.register_profile(
    "untimed", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("untimed")


def pytest_collection_finish() -> None:
    """What is there now is there to stay."""
    gc.collect()
    gc.freeze()


def pytest_addoption(parser: pytest.Parser) -> None:
    """How much is tried at random; without these a little, so that the suite stays quick."""
    parser.addoption("--walks", type=int, default=None, help="random walks a test (e.g. 1000)")
    parser.addoption("--kills", type=int, default=None, help="kills of an import (e.g. 20)")
    parser.addoption("--municipality", type=int, default=None, help="its employees (e.g. 10000)")
    parser.addoption(
        "--schemathesis-examples",
        type=int,
        default=None,
        help="requests Schemathesis makes of each operation at random (e.g. 500)",
    )


def _migrated(url: str) -> None:
    database = Database(settings_for(url))
    migrate(database)
    database.close()


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server for the session; not to be had, it fails loudly."""
    with postgres.server() as admin:
        yield admin


@pytest.fixture(scope="session")
def postgres_template(postgres_server: str) -> Iterator[str]:
    """A migrated database to clone."""
    with postgres.database(postgres_server) as url:
        _migrated(url)
        yield url


@pytest.fixture(scope="session")
def sqlite_folder() -> Iterator[Path]:
    """Where the databases lie: in memory where it has room for them, for nothing that a test
    writes has to survive a crash, and there a commit waits for no disk."""
    there_is_room = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM
    with TemporaryDirectory(prefix="omtanke", dir=MEMORY if there_is_room else None) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def sqlite_template(sqlite_folder: Path) -> Path:
    """A migrated database file to copy."""
    path = sqlite_folder / "omtanke.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, sqlite_folder: Path) -> Iterator[str]:
    """An empty, migrated SQLite database of the test's own."""
    with TemporaryDirectory(dir=sqlite_folder) as folder:
        yield f"sqlite:///{shutil.copy(sqlite_template, folder)}"


@pytest.fixture
def postgres_url(postgres_server: str, postgres_template: str) -> Iterator[str]:
    """An empty, migrated PostgreSQL database of the test's own."""
    with postgres.clone(postgres_server, postgres_template) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both engines, one after the other: the same suite over each."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def settings(database_url: str) -> Settings:
    """Settings on that database, with webhooks to this machine allowed and retries at once."""
    return settings_for(database_url)


@pytest.fixture
def service(settings: Settings) -> Iterator[Service]:
    """The service in this process, with a clock that stands where it is put."""
    with Service(settings) as running:
        yield running
