"""Puts a process together: database, key ring, writer, and - where wanted - ticker and sender."""

import gc
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from app.core.clock import Clock, SystemClock
from app.core.context import Context
from app.core.crypt import load_key_ring
from app.core.db import Database
from app.core.settings import Settings
from app.core.writer import Writer
from app.delivery.send import Sender
from app.intake.receive import Arrival, Receipt
from app.ops.health import Heartbeat
from app.ops.hot import Knock, take
from app.ops.jobs import Ticker

_TURN_S = 0.0005


def make_context(settings: Settings, clock: Clock | None = None) -> Context:
    """Everything an edge needs; the writer is not started."""
    database = Database(settings)
    now = clock or SystemClock()

    def transact(items: Sequence[Arrival | Knock]) -> Sequence[Receipt | None]:
        with database.write() as conn:
            return take(conn, items, now.now())

    writer = Writer[Arrival | Knock, Receipt | None](transact, capacity=settings.queue_capacity)
    return Context(settings, database, now, load_key_ring(settings), writer)


def settle_memory() -> None:
    """What is there once a process has started stays: garbage is looked for in the rest alone.

    And less often: most of what requests leave behind is freed at once, without a search.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 50, 100)


def take_short_turns() -> None:
    """Let threads take turns of half a millisecond, not of five.

    Whoever waits for the database wants its turn back after every statement: the loop and the
    writer beside an import or a tick, an import beside the reading of its own file. It would wait
    a whole one each time.
    """
    sys.setswitchinterval(_TURN_S)


@dataclass
class Background:
    """The work that goes on beside requests."""

    ctx: Context
    heartbeat: Heartbeat
    ticker: Ticker
    sender: Sender

    @classmethod
    def of(cls, ctx: Context) -> "Background":
        """The ticker and the sender of a process."""
        heartbeat = Heartbeat()
        sender = Sender(ctx.settings, ctx.database, ctx.clock, ctx.keys)
        return cls(ctx, heartbeat, Ticker(ctx, heartbeat), sender)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Started, and stopped in order: tick no more, deliver what is under way."""
        self.ctx.database.after_write = self.sender.wake
        self.sender.start()
        self.ticker.start()
        try:
            yield
        finally:
            self.ticker.close()
            self.sender.close()
