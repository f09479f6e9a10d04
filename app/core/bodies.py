"""Bodies as they arrive: limits on real bytes, and on the patience with whoever sends them.

A body may take long if it is large; it may not trickle. Only the time spent waiting for the
caller counts, never the time in which the service itself had no room for more.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from fastapi import Request
from starlette.requests import ClientDisconnect

from app.core.context import context_of
from app.core.errors import AppError

MIB = 1024 * 1024
GIB = 1024 * MIB


class TooLarge(AppError):
    """The body has more bytes than this route takes."""

    status = 413
    code = "body_too_large"
    detail = "The body is larger than this route takes."


class TooSlow(AppError):
    """The body stopped coming, or trickles; the connection is closed behind the answer."""

    status = 408
    code = "body_too_slow"
    detail = "The body arrived too slowly. What was not answered for was not taken; send it again."

    def __init__(self) -> None:
        super().__init__(headers={"Connection": "close"})


class HungUp(AppError):
    """The caller went away before the body was whole; nobody hears this."""

    code = "hung_up"
    detail = "The body did not arrive whole."


class UnsupportedMedia(AppError):
    """Not a media type of this route, or encoded."""

    status = 415
    code = "unsupported_media_type"
    detail = "Send a media type this route takes, as application/json, in UTF-8 and not encoded."


@dataclass(slots=True)
class Pace:
    """The patience with one body: every `enough` bytes buy `wait_s` seconds of waiting."""

    wait_s: float
    enough: int
    left_s: float = 0.0
    got: int = 0

    def __post_init__(self) -> None:
        """A body begins with all the patience there is."""
        self.left_s = self.wait_s

    def came(self, size: int, waited_s: float) -> None:
        """So many bytes came after so long a wait."""
        self.left_s -= waited_s
        self.got += size
        if self.got >= self.enough:
            self.left_s, self.got = self.wait_s, 0


def media_of(request: Request) -> str:
    """The media type of the body, in lower case and without parameters; empty when none is said.

    Raises UnsupportedMedia for an encoded body: nothing here decodes.
    """
    if request.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise UnsupportedMedia
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def pieces(request: Request, limit: int) -> AsyncIterator[bytes]:
    """The body in pieces as they come; raises TooLarge, TooSlow or HungUp."""
    settings = context_of(request).settings
    wait_s = settings.body_timeout_s
    pace = Pace(wait_s, int(wait_s * settings.body_rate))
    clock = asyncio.get_running_loop().time
    stream, size = request.stream(), 0
    while True:
        begun = clock()
        try:
            async with asyncio.timeout(pace.left_s):
                piece = await anext(stream, None)
        except TimeoutError:
            raise TooSlow from None
        except ClientDisconnect as gone:
            raise HungUp from gone
        if piece is None:
            return
        pace.came(len(piece), clock() - begun)
        size += len(piece)
        if size > limit:
            raise TooLarge
        yield piece


async def whole(request: Request, limit: int) -> bytes:
    """All of a body; raises as `pieces` does."""
    return b"".join([piece async for piece in pieces(request, limit)])
