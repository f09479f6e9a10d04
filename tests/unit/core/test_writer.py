"""The writer: what waits is stored together, and each hears only after its own was stored."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future, wait
from itertools import count
from typing import Any

import pytest

from app.core.errors import Contended, Unavailable
from app.core.writer import Writer

LONG = 10.0
"""Seconds that nothing here takes: waiting so long is a failure."""


class Book:
    """What is stored in: keeps each batch, stumbles over poison, and can be held up."""

    def __init__(self, poison: Callable[[int], Exception | None] = lambda _: None) -> None:
        self.batches: list[list[int]] = []
        self.stored: list[int] = []
        self.open = threading.Event()
        self.open.set()
        self.entered = threading.Semaphore(0)
        self._poison = poison

    def write(self, items: Sequence[int]) -> list[str]:
        self.batches.append(list(items))
        self.entered.release()
        assert self.open.wait(LONG)
        for error in filter(None, map(self._poison, items)):
            raise error
        self.stored += items
        return [f"stored {item}" for item in items]


@pytest.fixture
def start() -> Iterator[Callable[..., Writer[int, str]]]:
    """Starts writers, and sees to it that their threads end."""
    started: list[tuple[Writer[int, str], Book]] = []

    def begin(book: Book, capacity: int = 100, batch: int = 500) -> Writer[int, str]:
        writer = Writer[int, str](book.write, capacity=capacity, batch=batch)
        started.append((writer, book))
        writer.start()
        return writer

    yield begin
    for writer, book in started:
        book.open.set()
        writer.close()
        assert not writer.running


def held_up(book: Book, writer: Writer[int, str], first: int = 0) -> Future[str]:
    """Have the writer in the middle of storing one item, and hold it there."""
    book.open.clear()
    [future] = writer.submit([first])
    assert book.entered.acquire(timeout=LONG)
    return future


def answers(futures: Sequence[Future[str]]) -> list[Any]:
    """What each was answered; for a failure, the exception."""
    wait(futures, timeout=LONG)
    return [future.exception(0) or future.result(0) for future in futures]


class TestBatch:
    def test_is_what_came_while_the_last_one_was_stored(self, start):
        book = Book()
        writer = start(book)
        first = held_up(book, writer)
        later = [*writer.submit([1, 2]), *writer.submit([3]), *writer.submit([4, 5])]
        assert writer.waiting == 5
        book.open.set()
        assert answers([first, *later]) == [f"stored {n}" for n in range(6)]
        assert book.batches == [[0], [1, 2, 3, 4, 5]]
        assert writer.waiting == 0

    def test_is_one_item_when_nobody_else_waits(self, start):
        book = Book()
        writer = start(book)
        for n in range(3):
            assert answers(writer.submit([n])) == [f"stored {n}"]
        assert book.batches == [[0], [1], [2]]

    def test_has_at_most_so_many_items(self, start):
        book = Book()
        writer = start(book, batch=4)
        held_up(book, writer)
        later = writer.submit(range(1, 11))
        book.open.set()
        assert answers(later) == [f"stored {n}" for n in range(1, 11)]
        assert book.batches == [[0], [1, 2, 3, 4], [5, 6, 7, 8], [9, 10]]

    def test_may_be_empty_handed_in(self, start):
        assert start(Book()).submit([]) == []


class TestAnswer:
    def test_comes_after_the_batch_was_stored_and_not_before(self, start):
        book = Book()
        writer = start(book)
        future = held_up(book, writer)
        assert not future.done()
        assert book.stored == []
        book.open.set()
        assert future.result(LONG) == "stored 0"
        assert book.stored == [0]

    def test_is_each_ones_own_from_many_threads(self, start):
        book = Book()
        writer = start(book, capacity=10_000)
        heard: list[tuple[int, str]] = []

        def post(mine: Iterator[int]) -> None:
            heard.extend((n, writer.submit([n])[0].result(LONG)) for n in mine)

        threads = [threading.Thread(target=post, args=(iter(range(k, 800, 8)),)) for k in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(heard) == [(n, f"stored {n}") for n in range(800)]
        assert sorted(book.stored) == list(range(800))

    def test_is_not_given_for_what_nobody_waits_for_any_more(self, start):
        book = Book()
        writer = start(book)
        held_up(book, writer)
        gone, kept = writer.submit([1, 2])
        assert gone.cancel()
        book.open.set()
        assert kept.result(LONG) == "stored 2"
        assert book.stored == [0, 2]
        with pytest.raises(CancelledError):
            gone.result(0)

    def test_cannot_be_called_off_once_storing_has_begun(self, start):
        book = Book()
        future = held_up(book, start(book))
        assert not future.cancel()
        book.open.set()
        assert future.result(LONG) == "stored 0"


class TestPoison:
    @pytest.mark.parametrize("poisonous", [{1}, {8}, {4, 5}, {1, 3, 8}, set(range(1, 9)), set()])
    def test_fails_alone(self, start, poisonous: set[int]):
        errors = {n: ValueError(n) for n in poisonous}
        book = Book(poison=errors.get)
        writer = start(book)
        held_up(book, writer)
        futures = writer.submit(range(1, 9))
        book.open.set()
        expected = [errors.get(n, f"stored {n}") for n in range(1, 9)]
        assert answers(futures) == expected
        assert book.stored == [n for n in range(9) if n not in poisonous]

    def test_is_found_by_halving(self, start):
        errors = {5: ValueError()}
        book = Book(poison=errors.get)
        writer = start(book)
        held_up(book, writer)
        futures = writer.submit(range(1, 9))
        book.open.set()
        answers(futures)
        assert book.batches[1:] == [
            [1, 2, 3, 4, 5, 6, 7, 8],
            [1, 2, 3, 4],
            [5, 6, 7, 8],
            [5, 6],
            [5],
            [5],  # once more: what it raced with may be visible now
            [6],
            [7, 8],
        ]

    def test_that_was_only_bad_luck_is_stored_at_the_second_try(self, start):
        attempts = count()
        book = Book(poison=lambda _: ValueError() if next(attempts) == 0 else None)
        assert answers(start(book).submit([7])) == ["stored 7"]
        assert book.batches == [[7], [7]]

    def test_does_not_stop_what_comes_after(self, start):
        book = Book(poison={1: ValueError()}.get)
        writer = start(book)
        [error] = answers(writer.submit([1]))
        assert isinstance(error, ValueError)
        assert answers(writer.submit([2])) == ["stored 2"]
        assert writer.running


class TestOutage:
    def test_fails_all_alike_and_at_once(self, start):
        book = Book(poison={3: Unavailable()}.get)
        writer = start(book)
        held_up(book, writer)
        futures = writer.submit(range(1, 9))
        book.open.set()
        assert [type(answer) for answer in answers(futures)] == [Unavailable] * 8
        assert book.batches == [[0], list(range(1, 9))]
        assert book.stored == [0]

    def test_ends_when_it_ends(self, start):
        attempts = count()
        book = Book(poison=lambda _: Unavailable() if next(attempts) < 2 else None)
        writer = start(book)
        outcomes = [type(answers(writer.submit([n]))[0]) for n in range(3)]
        assert outcomes == [Unavailable, Unavailable, str]


class TestContention:
    """Another process was in the way of the transaction; the database itself is there."""

    def test_is_nobodys_fault_and_tried_again(self, start):
        trouble = [Contended()]
        book = Book(poison=lambda n: trouble.pop() if n and trouble else None)
        writer = start(book)
        held_up(book, writer)
        futures = writer.submit([1, 2, 3, 4])
        book.open.set()
        assert answers(futures) == [f"stored {n}" for n in (1, 2, 3, 4)]

    def test_that_does_not_end_fails_only_whom_it_concerns(self, start):
        book = Book(poison=lambda n: Contended() if n == 3 else None)
        writer = start(book)
        held_up(book, writer)
        futures = writer.submit([1, 2, 3, 4])
        book.open.set()
        told = answers(futures)
        assert isinstance(told.pop(2), Contended)
        assert told == ["stored 1", "stored 2", "stored 4"]


class TestQueue:
    def test_takes_all_or_nothing(self, start):
        book = Book()
        writer = start(book, capacity=3)
        held_up(book, writer)
        kept = writer.submit([1, 2])
        with pytest.raises(Unavailable):
            writer.submit([3, 4])
        assert writer.waiting == 2
        kept += writer.submit([5])
        with pytest.raises(Unavailable) as refused:
            writer.submit([6])
        assert "Retry-After" in refused.value.headers
        book.open.set()
        assert answers(kept) == ["stored 1", "stored 2", "stored 5"]
        assert book.stored == [0, 1, 2, 5]

    def test_has_room_again_once_something_is_taken(self, start):
        book = Book()
        writer = start(book, capacity=1)
        for n in range(20):
            assert answers(writer.submit([n])) == [f"stored {n}"]

    def test_waits_for_the_start(self, start):
        book = Book()
        writer = Writer[int, str](book.write, capacity=2)
        assert not writer.running
        futures = writer.submit([1, 2])
        with pytest.raises(Unavailable):
            writer.submit([3])
        writer.start()
        assert answers(futures) == ["stored 1", "stored 2"]
        writer.close()


class TestClose:
    def test_stores_what_waits_and_takes_no_more(self, start):
        book = Book()
        writer = start(book, batch=2)
        futures = [held_up(book, writer), *writer.submit([1, 2, 3])]
        closing = threading.Thread(target=writer.close)
        closing.start()
        while writer.running:
            threading.Event().wait(0.001)
        with pytest.raises(Unavailable):
            writer.submit([4])
        assert closing.is_alive()
        book.open.set()
        closing.join(LONG)
        assert not closing.is_alive()
        assert [future.result(0) for future in futures] == [f"stored {n}" for n in range(4)]
        assert book.stored == [0, 1, 2, 3]

    def test_ends_also_when_only_called_off_items_wait(self, start):
        book = Book()
        writer = start(book)
        held_up(book, writer)
        [gone] = writer.submit([1])
        gone.cancel()
        book.open.set()
        writer.close()
        assert book.stored == [0]

    def test_of_one_that_never_started_is_no_trouble(self):
        writer = Writer[int, str](Book().write, capacity=1)
        writer.close()
        with pytest.raises(Unavailable):
            writer.submit([1])

    def test_twice_is_no_trouble(self, start):
        writer = start(Book())
        writer.close()
        writer.close()
