"""A body that stops coming or trickles is cut off, with a 408; one that is only long is not."""

import json
import select
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.kit import event
from tests.process import Serving, Site, new_employer
from tests.rawclient import Raw

WAIT_S = 0.6
RATE = 1000
PATHS = [
    ("/v1/events", "application/json"),
    ("/v1/events", "application/cloudevents+json"),
    ("/v1/events/batch", "application/json"),
    ("/v1/events/batch", "application/x-ndjson"),
    ("/v1/providers", "application/json"),
]


@pytest.fixture(scope="module")
def database(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("slow") / "omtanke.db"
    path.write_bytes(sqlite_template.read_bytes())
    return f"sqlite:///{path}"


@pytest.fixture(scope="module")
def serving(database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    folder = tmp_path_factory.mktemp("served")
    with Site(database, folder, body_timeout_s=str(WAIT_S), body_rate=str(RATE)) as site:
        yield site.serve()


@pytest.fixture(scope="module")
def key(serving: Serving, database: str) -> str:
    return new_employer(database)


def assert_cut_off(raw: Raw) -> None:
    status, headers, body = raw.answer()
    assert status == 408
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert json.loads(body)["code"] == "body_too_slow"
    assert raw.is_closed()


@pytest.fixture
def connections(serving: Serving, key: str) -> Iterator[list[Raw]]:
    """One for every way in: what is cut off takes its time, so that all do it at once."""
    with ExitStack() as stack:
        yield [stack.enter_context(Raw(serving.port, key)) for _ in PATHS]


class TestBody:
    @pytest.mark.parametrize("length", [100, None])
    def test_that_stops_coming_is_cut_off(self, connections: list[Raw], length: int | None):
        begun = time.monotonic()
        for raw, (path, media) in zip(connections, PATHS, strict=True):
            raw.begin(path, media, length)
            if length:
                raw.socket.sendall(b"{")
            else:
                raw.chunk(b"{")
        for raw in connections:
            assert_cut_off(raw)
        assert WAIT_S <= time.monotonic() - begun < WAIT_S + 5

    def test_that_trickles_is_cut_off(self, connections: list[Raw]):
        """A byte every so often would keep a wait for each byte alive for ever."""
        begun = time.monotonic()
        for raw, (path, media) in zip(connections, PATHS, strict=True):
            raw.begin(path, media, 10_000)
        trickling = set(connections)
        while trickling:
            assert time.monotonic() - begun < WAIT_S + 5
            answered = set(select.select(trickling, [], [], 0.05)[0])
            for raw in trickling - answered:
                raw.socket.sendall(b" ")
            trickling -= answered
        assert time.monotonic() - begun >= WAIT_S
        for raw in connections:
            assert_cut_off(raw)


class TestLongBody:
    def test_is_taken_as_long_as_it_keeps_coming(self, serving: Serving, key: str):
        """Three times as long as the patience lasts, at more than the rate."""
        said = [event("2026-03-02", employee=f"slow-{n}") for n in range(60)]
        with Raw(serving.port, key) as raw:
            raw.begin("/v1/events/batch", "application/x-ndjson")
            begun = time.monotonic()
            for one in said:
                raw.chunk(json.dumps(one).encode() + b"\n")
                time.sleep(3 * WAIT_S / len(said))
            assert time.monotonic() - begun > 2 * WAIT_S
            raw.end()
            status, _, body = raw.answer()
        assert status == 200
        assert [json.loads(line)["status"] for line in body.splitlines()] == ["created"] * 60

    def test_that_stops_after_a_good_beginning_is_cut_off_all_the_same(
        self, serving: Serving, key: str
    ):
        with Raw(serving.port, key) as raw:
            raw.begin("/v1/events/batch", "application/x-ndjson")
            raw.chunk(b'{"type": "none"}\n' * 50_000)
            begun = time.monotonic()
            assert_cut_off(raw)
            assert time.monotonic() - begun < WAIT_S + 10
