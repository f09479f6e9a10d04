"""NDJSON as it comes in: stored some lines at a time, answered when all of it has been read.

Memory is bounded whatever the size: lines wait in one chunk, results in a temporary file, since a
client that does not read before it has sent everything must not block. What has been stored stays
stored when the rest does not come; then nothing is said about any line, and sending all of it
again is safe.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import Future
from tempfile import SpooledTemporaryFile
from typing import IO

from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from app.core.bodies import MIB
from app.core.context import Context
from app.core.errors import Unavailable
from app.intake.event import Event
from app.intake.items import Read, answers, read_line, settled
from app.intake.ndjson import Cutter, Line
from app.intake.receive import Arrival, Receipt

NDJSON = "application/x-ndjson"
CHUNK = 500
"""Lines that are stored together."""
PATIENCE_S = 30.0
"""How long a chunk waits for room in the queue of the writer before it gives up."""
_LOOK_S = 0.02
_PIECE = 64 * 1024


class SpooledAnswer(StreamingResponse):
    """What a temporary file holds; the file is gone afterwards, however it went."""

    def __init__(self, spool: IO[bytes]) -> None:
        self._spool = spool
        length = spool.tell()
        spool.seek(0)
        super().__init__(
            iter(lambda: spool.read(_PIECE), b""),
            media_type=NDJSON,
            headers={"Content-Length": str(length)},
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._spool.close()


async def take_lines(ctx: Context, tenant_id: str, body: AsyncIterator[bytes]) -> SpooledAnswer:
    """Store the events of a body in NDJSON; the answer has one result a line, in order.

    Raises Unavailable when the database is away or the queue stays full.
    """
    spool = SpooledTemporaryFile(max_size=MIB)  # noqa: SIM115 - closed by the answer
    try:
        async for lines in _chunks(body, max(1, min(CHUNK, ctx.settings.queue_capacity))):
            read = await run_in_threadpool(_read_all, ctx, lines)
            events = [entry for entry in read if isinstance(entry, Event)]
            receipts = await settled(
                await _queued(ctx, [Arrival(tenant_id, event) for event in events])
            )
            await run_in_threadpool(_write, spool, read, receipts)
        return SpooledAnswer(spool)
    except BaseException:
        spool.close()
        raise


async def _chunks(body: AsyncIterator[bytes], size: int) -> AsyncIterator[list[Line]]:
    """The lines of a body, at most so many at a time, and of long ones fewer."""
    cutter, held, weight = Cutter(), list[Line](), 0
    async for piece in body:
        for number, line in cutter.feed(piece):
            held.append((number, line))
            weight += len(line) if isinstance(line, bytes) else 0
            if len(held) == size or weight > MIB:
                yield held
                held, weight = [], 0
    held += cutter.finish()
    if held:
        yield held


def _read_all(ctx: Context, lines: Sequence[Line]) -> list[Read]:
    now = ctx.now()
    return [read_line(line, now) for _, line in lines]


async def _queued(ctx: Context, arrivals: Sequence[Arrival]) -> list[Future[Receipt]]:
    """Into the queue of the writer; while it is full, the caller is left waiting."""
    clock = asyncio.get_running_loop().time
    give_up_at = clock() + PATIENCE_S
    while True:
        try:
            return ctx.ingest.submit(arrivals)
        except Unavailable:
            if not ctx.ingest.running or clock() >= give_up_at:
                raise
        await asyncio.sleep(_LOOK_S)


def _write(spool: IO[bytes], read: Sequence[Read], receipts: Sequence[Receipt]) -> None:
    spool.write(b"".join(_lines(read, receipts)))


def _lines(read: Sequence[Read], receipts: Sequence[Receipt]) -> Iterator[bytes]:
    for answer in answers(read, receipts):
        yield answer.model_dump_json(exclude_none=True).encode() + b"\n"
