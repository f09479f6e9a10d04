"""The writer: one thread a process through which events are stored, many in each transaction.

What queued while the last transaction committed is the next batch, so durable commits are shared
under load and there is no timer. Every item's answer follows the commit. A batch that fails is
split until the poisonous item stands alone.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from typing import Generic, Protocol, TypeVar

from app.core.errors import Contended, Unavailable

Item = TypeVar("Item")
Answer = TypeVar("Answer")
Told = TypeVar("Told", contravariant=True)


class Waiter(Protocol[Told]):
    """Who waits for an answer: a future, or what behaves like one towards the writer."""

    def set_running_or_notify_cancel(self) -> bool:
        """Whether anybody still waits."""
        ...

    def set_result(self, result: Told, /) -> None:
        """The answer, after the commit."""
        ...

    def set_exception(self, exception: BaseException | None, /) -> None:
        """Why there is none."""
        ...


class Writer(Generic[Item, Answer]):
    """`transact` stores a batch in one transaction and answers for each item, in order."""

    def __init__(
        self,
        transact: Callable[[Sequence[Item]], Sequence[Answer]],
        *,
        capacity: int,
        batch: int = 500,
    ) -> None:
        self._transact = transact
        self._capacity = capacity
        self._batch = batch
        self._waiting: deque[tuple[Item, Waiter[Answer]]] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._settling = False
        self.taken = 0
        self._thread = threading.Thread(target=self._run, name="writer", daemon=True)

    def start(self) -> None:
        """Begin to take items."""
        self._thread.start()

    def submit(self, items: Iterable[Item]) -> list["Future[Answer]"]:
        """Queue all of them or, when they do not fit, none: raises Unavailable."""
        entries = [(item, Future[Answer]()) for item in items]
        self.enter(entries)
        return [future for _, future in entries]

    def enter(self, entries: Sequence[tuple[Item, "Waiter[Answer]"]]) -> None:
        """The same for items whose answers somebody else waits for in a way of their own."""
        with self._changed:
            if self._closing or len(self._waiting) + len(entries) > self._capacity:
                raise Unavailable
            self._waiting.extend(entries)
            self._changed.notify()

    def close(self) -> None:
        """Take no more, store what waits, and stop."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join()

    @property
    def running(self) -> bool:
        """Whether items are taken."""
        return self._thread.is_alive() and not self._closing

    @property
    def busy(self) -> bool:
        """Whether items wait or are being stored. `taken`: how many have been, in all."""
        return self._settling or bool(self._waiting)

    @property
    def waiting(self) -> int:
        """How many items wait."""
        return len(self._waiting)

    def _run(self) -> None:
        while not (self._closing and not self._waiting):
            batch = self._next_batch()
            self._settling = bool(batch)
            self.taken += len(batch)
            if batch:
                self._settle(batch)
            self._settling = False

    def _next_batch(self) -> list[tuple[Item, Waiter[Answer]]]:
        """What waits, at most a batch; left out is what nobody waits for any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closing)
            taken = [self._waiting.popleft() for _ in range(min(self._batch, len(self._waiting)))]
        return [entry for entry in taken if entry[1].set_running_or_notify_cancel()]

    def _settle(self, batch: Sequence[tuple[Item, Waiter[Answer]]], *, again: bool = True) -> None:
        try:
            answers = self._transact([item for item, _ in batch])
            answered = list(zip(batch, answers, strict=True))
        except Exception as error:
            self._settle_failed(batch, error, again=again)
            return
        for (_, future), answer in answered:
            future.set_result(answer)

    def _settle_failed(
        self, batch: Sequence[tuple[Item, Waiter[Answer]]], error: Exception, *, again: bool
    ) -> None:
        """The database away fails all alike; anything else is somebody's fault: find whose.

        An item alone is tried once more: what it raced with in another process is visible now.
        """
        away = isinstance(error, Unavailable) and not isinstance(error, Contended)
        if away or (len(batch) == 1 and not again):
            for _, future in batch:
                future.set_exception(error)
        elif len(batch) == 1:
            self._settle(batch, again=False)
        else:
            middle = len(batch) // 2
            self._settle(batch[:middle])
            self._settle(batch[middle:])
