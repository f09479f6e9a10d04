"""The pace of an import: chunks as large as their time allows, smaller when others wait."""

import threading
from collections.abc import Iterator, Sequence

import pytest

from app.core.writer import Writer
from app.imports.pace import ALONE_S, AMONG_S, BESIDE_S, CHUNK, LEAST, YIELDING_S, Pace


def test_a_chunk_is_as_large_as_its_time_allows():
    pace = Pace(None)
    assert pace.size < CHUNK
    pace.took(100, 100 * ALONE_S / 500, others=False)
    assert pace.size == 500
    for _ in range(20):
        pace.took(100, 100 * ALONE_S / 50, others=False)
    assert 45 <= pace.size <= 55
    pace.took(1, 1000.0, others=False)
    assert pace.size == LEAST
    for _ in range(60):
        pace.took(1000, 0.0001, others=False)
    assert pace.size == CHUNK
    assert Pace(None, 7).size == 7


def test_where_others_write_too_chunks_are_smaller_for_a_while(monkeypatch: pytest.MonkeyPatch):
    now = [1000.0]
    monkeypatch.setattr("app.imports.pace.time.monotonic", lambda: now[0])
    pace = Pace(None)
    each = ALONE_S / 6000
    pace.took(100, 100 * each, others=False)
    assert pace.size == 6000
    pace.took(100, 100 * each, others=True)
    assert pace.size == int(AMONG_S / each)
    now[0] += 5
    pace.took(100, 100 * each, others=False)
    assert pace.size == int(AMONG_S / each)
    now[0] += 6
    assert pace.size == 6000


class Slow:
    """A writer that is held up until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.writer = Writer[object, object](self.store, capacity=10)
        self.writer.start()

    def store(self, items: Sequence[object]) -> Sequence[object]:
        self.go.wait(10)
        return items


@pytest.fixture
def slow() -> Iterator[Slow]:
    made = Slow()
    yield made
    made.go.set()
    made.writer.close()


def test_it_waits_while_single_events_are_stored_and_then_takes_smaller_steps(slow: Slow):
    pace = Pace(slow.writer)
    each = BESIDE_S / 400
    pace.took(100, 100 * each, others=False)
    assert pace.size == 400
    pace.give_way()  # nobody waits
    [future] = slow.writer.submit(["one"])
    waiting = threading.Thread(target=pace.give_way)
    waiting.start()
    waiting.join(0.05)
    assert waiting.is_alive()
    slow.go.set()
    assert future.result(5) == "one"
    waiting.join(5)
    assert not waiting.is_alive()
    pace.give_way()
    assert pace.size == int(YIELDING_S / each)


def test_it_does_not_wait_for_ever(slow: Slow):
    pace = Pace(slow.writer)
    slow.writer.submit(["one"])
    pace.give_way()
    assert slow.writer.busy
