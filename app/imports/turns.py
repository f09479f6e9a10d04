"""The transactions of an import: each holds the job, moves it on, and lets others go first."""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from app.core.context import Context
from app.core.db import others_about
from app.core.errors import Contended, Unavailable
from app.imports import store
from app.imports.job import Job, Lost
from app.imports.pace import Pace

_TRIES = 5
_BEAT_S = 10.0
_AGAIN_S = 0.05


class Stopped(Exception):
    """The process ends; the import is carried on with by another, or later."""


class Turns:
    """The turns of one process at one import. `job`: as of the last commit.

    `keep_going` is asked before each; `told` hears after each how far the job has come.
    """

    def __init__(
        self,
        ctx: Context,
        job: Job,
        *,
        keep_going: Callable[[], bool] = lambda: True,
        told: Callable[[Job], None] = lambda _: None,
    ) -> None:
        self.ctx = ctx
        self.job = job
        self._keep_going = keep_going
        self._told = told
        self._beaten_at = time.monotonic()
        self._next = job
        self._writing = False

    def take(self, work: Callable[[Connection], None], amount: int, pace: Pace) -> None:
        """One transaction, when single events let it; tried again when another was in the way.

        Raises Stopped, Lost, Moved, and whatever `work` does.
        """
        for left in reversed(range(_TRIES)):
            if not self._keep_going():
                raise Stopped
            pace.give_way()
            self._next = self.job
            try:
                seconds, others = self._write(work)
            except (IntegrityError, Contended):
                # Another process stored the same, or held what is needed: it is visible now.
                if not left:
                    raise
                time.sleep(_AGAIN_S)
                continue
            self.job = self._next
            pace.took(amount, seconds, others=others)
            self._told(self.job)
            return

    def _write(self, work: Callable[[Connection], None]) -> tuple[float, bool]:
        """How long it took, and whether others write, too."""
        self._writing = True
        try:
            with self.ctx.database.write() as conn:
                begun = time.monotonic()
                self.job.hold(conn, self.ctx.now())
                work(conn)
                others = others_about(conn)
        finally:
            self._writing = False
        self._beaten_at = time.monotonic()
        return self._beaten_at - begun, others

    def save(self, conn: Connection, after: Job, **values: Any) -> None:
        """Write how far the job has come; it is so once the transaction is committed."""
        self._next = after
        written = after.to_values() | values | {"attempts": 0}
        store.change_import(conn, self.job.key, written, stages=(self.job.stage,))

    def advance(self, stage: str, **values: Any) -> None:
        """On to the next stage."""

        def onward(conn: Connection) -> None:
            self.save(conn, self.job, stage=stage, **values)

        self.take(onward, 1, Pace(None))
        self.reload()

    def reload(self) -> None:
        """See the job as it is stored; raises Lost when it is another's by now."""
        with self.ctx.database.read() as conn:
            row = store.work_on(conn, self.job.key)
        if row is None or row.lease_by != self.job.by:
            raise Lost
        self.job = Job.of(row)

    def beat(self) -> None:
        """While a file is read that gives no row for long: it is still being worked on.

        While a transaction of it is under way, which says so itself, nothing is written.
        """
        if not self._keep_going():
            raise Stopped
        if self._writing or time.monotonic() - self._beaten_at < _BEAT_S:
            return
        with self.ctx.database.write() as conn:
            self.job.hold(conn, self.ctx.now())
        self._beaten_at = time.monotonic()

    def let_go(self) -> None:
        """Give the import back, so that nobody need wait for the lease to run out."""
        with suppress(Unavailable), self.ctx.database.write() as conn:
            store.let_go(conn, self.job.key, by=self.job.by)
