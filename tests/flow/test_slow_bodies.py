"""What stops coming or trickles is cut off, a body with a 408; one that is only long is not."""

import json
import select
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from typing import Any

import pytest

from tests import postgres
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


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[str]:
    """One for all here: processes take seconds to start."""
    if request.param == "sqlite":
        path = tmp_path_factory.mktemp("slow") / "omtanke.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
    else:
        server = request.getfixturevalue("postgres_server")
        with postgres.clone(server, request.getfixturevalue("postgres_template")) as url:
            yield url


@pytest.fixture(scope="module")
def serving(database: str, tmp_path_factory: Any) -> Iterator[Serving]:
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


class TestHead:
    """There is no request to answer yet: the connection is closed."""

    def test_that_does_not_come_is_not_waited_for(self, serving: Serving, key: str):
        begun = time.monotonic()
        beginnings = [b"", b"GET /livez HTTP/1.1\r\nHost: x\r\n", b"\r\n", b"G"]
        with ExitStack() as stack:
            connections = [stack.enter_context(Raw(serving.port, key)) for _ in beginnings]
            for raw, beginning in zip(connections, beginnings, strict=True):
                raw.socket.sendall(beginning)
            assert all(raw.is_closed() for raw in connections)
        assert WAIT_S * 0.9 <= time.monotonic() - begun < WAIT_S + 5

    def test_that_trickles_is_cut_off(self, serving: Serving, key: str):
        """Also behind a request that was answered."""
        with Raw(serving.port, key) as fresh, Raw(serving.port, key) as used:
            used.socket.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
            assert used.answer()[0] == 200
            fresh.socket.sendall(b"GET /")
            begun = time.monotonic()
            trickling = {fresh, used}
            while trickling:
                assert time.monotonic() - begun < WAIT_S + 5
                closed = set(select.select(trickling, [], [], 0.05)[0])
                for raw in trickling - closed:
                    raw.socket.sendall(b"x" if raw is fresh else b"\r\n")
                trickling -= closed
            assert fresh.is_closed()
            assert used.is_closed()

    def test_is_not_held_without_end(self, serving: Serving, key: str):
        with Raw(serving.port, key) as raw, suppress(ConnectionError):
            raw.socket.sendall(b"GET /livez HTTP/1.1\r\n")
            for _ in range(1000):
                raw.socket.sendall(b"X-Long: " + b"x" * 10_000 + b"\r\n")
            pytest.fail("ten megabytes of headers were taken")

    def test_that_is_there_leaves_the_request_its_time(self, serving: Serving, key: str):
        """The connection goes on, with uvicorn's own limit between requests."""
        with Raw(serving.port, key) as raw:
            for _ in range(3):
                raw.socket.sendall(b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n")
                assert raw.answer()[0] == 200
                time.sleep(WAIT_S * 1.2)
