"""A furnished database for each engine, made once; every service of these tests has a copy."""

import io
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import copy
from tempfile import TemporaryDirectory

import pytest

from app.core.logs import configure_logs
from tests import postgres
from tests.kit import Service, settings_for
from tests.system.world import World


@dataclass(frozen=True)
class Original:
    """A furnished database that nobody has open, and how to get a copy of it."""

    world: World
    copied: Callable[[], AbstractContextManager[str]]

    @contextmanager
    def opened(self) -> Iterator[World]:
        with self.copied() as url, Service(settings_for(url, docs=True)) as service:
            yield self.world.within(service)


def _furnished(url: str) -> World:
    with Service(settings_for(url, docs=True)) as service:
        return World.on(service)


@pytest.fixture(scope="session")
def sqlite_original(sqlite_template: Path, sqlite_folder: Path) -> Original:
    path = copy(sqlite_template, sqlite_folder / "furnished.db")

    @contextmanager
    def copied() -> Iterator[str]:
        with TemporaryDirectory(dir=sqlite_folder) as folder:
            yield f"sqlite:///{copy(path, folder)}"

    return Original(_furnished(f"sqlite:///{path}"), copied)


@pytest.fixture(scope="session")
def postgres_original(postgres_server: str, postgres_template: str) -> Iterator[Original]:
    with postgres.clone(postgres_server, postgres_template) as url:
        yield Original(_furnished(url), lambda: postgres.clone(postgres_server, url))


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """On both engines. It is shared: whoever changes something takes `own_world`."""
    original: Original = request.getfixturevalue(f"{request.param}_original")
    with original.opened() as world:
        yield world


@pytest.fixture(scope="session", params=["sqlite", "postgres"])
def busy_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """On both engines. It is shared, and whoever likes adds to it."""
    original: Original = request.getfixturevalue(f"{request.param}_original")
    with original.opened() as world:
        yield world


@pytest.fixture(params=["sqlite", "postgres"])
def own_world(request: pytest.FixtureRequest) -> Iterator[World]:
    """On both engines, the test's own."""
    original: Original = request.getfixturevalue(f"{request.param}_original")
    with original.opened() as world:
        yield world


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the service logs, as it is configured to, down to the last detail."""
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    lines = io.StringIO()
    configure_logs(logging.DEBUG)
    [handler] = root.handlers
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(lines)
    handler.addFilter(lambda record: not record.name.startswith(OF_THE_CLIENT))
    yield lines
    root.handlers[:] = before
    root.setLevel(level)


OF_THE_CLIENT = ("httpx", "httpcore", "asyncio")
"""Loggers of the client in this process, which of course knows what it sends."""
