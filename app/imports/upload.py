"""A file arriving over HTTP: piece by piece into the database, within a limit of real bytes."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from typing import TypeVar

from fastapi import Request
from fastapi.concurrency import run_in_threadpool

from app.core.bodies import GIB, TooLarge, pieces
from app.core.context import Context
from app.core.errors import FieldError, InvalidInput, Unavailable
from app.imports.begin import Key, add_part, begin_upload, give_up
from app.imports.files import PART_BYTES
from app.imports.task import Task

Answer = TypeVar("Answer")
MAX_BYTES = GIB
_FLUSH_S = 20.0
"""A piece is stored after that long, whole or not: that something comes keeps the upload."""


async def take_upload(
    ctx: Context, request: Request, task: Task, settle: Callable[[Key, str, int], Answer]
) -> Answer:
    """Store the body as the file of an import; answers what `settle` makes of it.

    `settle` gets the import, the SHA-256 of the file and its length in bytes. Whatever goes wrong,
    nothing of the file is kept. Raises TooLarge, TooSlow, HungUp.
    """
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > MAX_BYTES:
        raise TooLarge
    tenant_id = request.state.principal.tenant_id
    key = await run_in_threadpool(begin_upload, ctx, tenant_id, task)
    try:
        digest, size = await _store_parts(ctx, key, request)
        return await run_in_threadpool(settle, key, digest, size)
    except BaseException:
        with suppress(Unavailable):
            await run_in_threadpool(give_up, ctx, key)
        raise


async def _store_parts(ctx: Context, key: tuple[str, str], request: Request) -> tuple[str, int]:
    """All pieces; answers the SHA-256 of the whole and how long it is."""
    digest, size, number = hashlib.sha256(), 0, 0
    async for piece in _pieces(request):
        digest.update(piece)
        size += len(piece)
        await run_in_threadpool(add_part, ctx, key, number, piece)
        number += 1
    if not size:
        raise InvalidInput([FieldError("#", "empty_file", "The body is empty; send a file.")])
    return digest.hexdigest(), size


async def _pieces(request: Request) -> AsyncIterator[bytes]:
    """The body in pieces of a mebibyte, or less where they come slowly."""
    clock, held = asyncio.get_running_loop().time, bytearray()
    flushed = clock()
    async for chunk in pieces(request, MAX_BYTES):
        held += chunk
        while len(held) >= PART_BYTES or (held and clock() - flushed > _FLUSH_S):
            yield bytes(held[:PART_BYTES])
            del held[:PART_BYTES]
            flushed = clock()
    if held:
        yield bytes(held)
