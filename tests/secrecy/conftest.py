"""What the tests of secrecy share: a receiver of webhooks, and the log as the service writes it."""

import json
import logging
from collections.abc import Iterator

import pytest

from app.core.logs import JsonLines
from app.core.settings import Settings
from tests.kit import Service, settings_for
from tests.receiver import Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Listens for the endpoints of all parties."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def sqlite_settings(sqlite_url: str) -> Settings:
    """For what does not depend on the engine."""
    return settings_for(sqlite_url)


@pytest.fixture
def on_sqlite(sqlite_settings: Settings) -> Iterator[Service]:
    """The service on the one engine alone."""
    with Service(sqlite_settings) as running:
        yield running


@pytest.fixture
def on_postgres(postgres_url: str) -> Iterator[Service]:
    """The service on the other."""
    with Service(settings_for(postgres_url)) as running:
        yield running


class Lines(logging.Handler):
    """Log lines in the form in which the service writes them."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.setFormatter(JsonLines())
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.partition(".")[0] in ("app", "uvicorn", "fastapi", "starlette"):
            self.lines.append(self.format(record))

    def taken(self) -> list[dict[str, object]]:
        """The lines since the last time, without when they were written."""
        found = [{k: v for k, v in json.loads(line).items() if k != "at"} for line in self.lines]
        self.lines.clear()
        return found


@pytest.fixture
def log() -> Iterator[Lines]:
    """Everything that the service logs, down to the last detail."""
    root, lines = logging.getLogger(), Lines()
    level = root.level
    root.addHandler(lines)
    root.setLevel(logging.DEBUG)
    yield lines
    root.removeHandler(lines)
    root.setLevel(level)
