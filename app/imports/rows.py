"""The rows of a file, chunk by chunk, into the database."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import islice

from sqlalchemy.engine import Connection

from app.casebook import tenant_today
from app.core.context import Context
from app.core.errors import Unavailable
from app.imports.chunk import Outcome, not_stored, take_chunk
from app.imports.files import Metered, Readable
from app.imports.formats import Found, Read, Reading, open_file
from app.imports.job import ROWS_SHARE, Job, Lost, Moved
from app.imports.learnt import Learnt
from app.imports.pace import Pace
from app.imports.turns import Stopped, Turns
from app.people.store import numbers_of_persons

log = logging.getLogger("app.imports")


def _reading(ctx: Context, job: Job) -> Reading:
    """How to read the job's file, with whom personal numbers belong to."""
    with ctx.database.read() as conn:
        policy = tenant_today(conn, job.tenant_id, ctx.now()).policy

    def who(number: str) -> str | None:
        with ctx.database.read() as conn:
            return numbers_of_persons(conn, ctx.keys, job.tenant_id, [number]).get(number)

    return replace(job.reading, who=who, holidays=policy.holidays)


class Rows:
    """Takes in what is left of a file. `open_it` opens it from the beginning."""

    def __init__(self, turns: Turns, open_it: Callable[[], Readable]) -> None:
        self._turns = turns
        self._file = Metered(open_it(), turns.beat)
        self._pace = Pace(turns.ctx.ingest)
        self._learnt = Learnt()

    def take_in(self) -> None:
        """To the end of the file; raises UnreadableFile when it cannot be read as a whole."""
        job, stream = self._turns.job, self._file.buffered()
        reading = _reading(self._turns.ctx, job)
        found = open_file(job.format, stream, reading, after=job.rows_done)
        self._turns.job = job.noting(found)
        for chunk in self._chunks(found):
            self._store(chunk)
        self._turns.job = self._turns.job.closing(found)
        self._turns.advance("replace" if self._turns.job.replaced else "look")

    def _chunks(self, found: Found) -> Iterator[list[Read]]:
        """The rows that are left, some at a time; next ones are read while those are stored.

        Not where the database is in this process: it and the reading would take turns all the time.
        """
        if self._turns.ctx.database.on_sqlite:
            while chunk := self._read(found):
                yield chunk
            return
        with ThreadPoolExecutor(1, "reading") as reader:
            reading = reader.submit(self._read, found)
            while chunk := reading.result():
                reading = reader.submit(self._read, found)
                yield chunk

    def _read(self, found: Found) -> list[Read]:
        return list(islice(found.rows, self._pace.size))

    def _store(self, chunk: Sequence[Read]) -> None:
        """Store a chunk; one that cannot be stored is halved until the row stands alone."""
        try:
            self._write(chunk, lambda conn: self._taken(conn, chunk))
        except (Lost, Moved, Stopped, Unavailable):
            raise
        except Exception:
            if len(chunk) > 1:
                middle = len(chunk) // 2
                self._store(chunk[:middle])
                self._store(chunk[middle:])
                return
            ids = {"import": self._turns.job.import_id, "row": chunk[0][0]}
            log.exception("row_not_stored", extra={"ids": ids})
            self._write(chunk, lambda conn: not_stored(conn, self._turns.job, chunk[0]))

    def _taken(self, conn: Connection, chunk: Sequence[Read]) -> Outcome:
        return take_chunk(conn, self._turns.job, chunk, self._turns.ctx.now(), self._learnt)

    def _write(self, chunk: Sequence[Read], work: Callable[[Connection], Outcome]) -> None:
        """Do it in a transaction that also says how far the file has been read."""

        def moving_on(conn: Connection) -> None:
            self._learnt.attempt()
            job, outcome = self._turns.job, work(conn)
            after = replace(
                job,
                counts=job.counts + outcome.counts,
                codes=job.codes + Counter(code for *_, code in outcome.faults),
                listed=job.listed + len(outcome.faults),
                rows_done=chunk[-1][0],
                preview=[*job.preview, *outcome.shown],
                progress=ROWS_SHARE * self._share(chunk[-1][0]),
            )
            self._turns.save(conn, after)

        self._turns.take(moving_on, len(chunk), self._pace)
        self._learnt.committed()

    def _share(self, last: int) -> float:
        """How much of the file has been read."""
        job = self._turns.job
        if job.rows_total:
            return min(1.0, last / job.rows_total)
        return min(1.0, self._file.count / job.bytes_total) if job.bytes_total else 1.0
