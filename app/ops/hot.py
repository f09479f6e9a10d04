"""The quick way of a single event: a plain handler in front of the route for `POST /v1/events`.

It answers what is plain: a key that this process has seen open the route before, a small body of
JSON, an event that is stored or was before. Everything else, above all whatever is wrong, goes on
to the ordinary route as if nothing had been here, so that no answer can differ.

The key is looked up in the transaction that stores the event: one revoked opens nothing.
"""

import asyncio
import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.access.keys import digest
from app.access.store import identify
from app.core.context import Context
from app.core.errors import Unavailable
from app.intake.event import Event
from app.intake.lines import plain_event
from app.intake.receive import Arrival, Receipt
from app.ops.headers import safe_headers
from app.pipeline import ingest

PATH = "/v1/events"
SCOPES = frozenset({"events:write"})
MAX_BODY = 16 * 1024
PATIENCE_S = 1.0
"""How long it waits for a body; who is slower is the ordinary route's to judge."""
MAX_KEYS = 10_000
_BEARER = re.compile(rb"Bearer (omt_[0-9a-z]{26}_[A-Za-z0-9_-]{43})").fullmatch
# Whatever these ask for, the ordinary route knows about. `ce-...` are those of a CloudEvent.
_UNUSUAL = frozenset({b"content-encoding", b"expect"})
_SAFE = [(n.lower().encode(), v.encode()) for n, v in safe_headers(PATH).items()]


@dataclass(frozen=True, slots=True)
class Knock:
    """An event with the key that was shown for it."""

    key: str
    event: Event


def take(conn: Connection, items: Sequence[Arrival | Knock], now: datetime) -> list[Receipt | None]:
    """Take in a batch; None for an event whose key does not open the door (any more)."""
    keys = {item.key for item in items if isinstance(item, Knock)}
    tenants = {key: _tenant(conn, key, now) for key in sorted(keys)}
    arrivals = {place: _arrival(item, tenants) for place, item in enumerate(items)}
    let_in = [arrival for arrival in arrivals.values() if arrival]
    receipts = iter(ingest(conn, let_in, now))
    return [next(receipts) if arrival else None for arrival in arrivals.values()]


def _tenant(conn: Connection, key: str, now: datetime) -> str | None:
    who = identify(conn, key, now)
    return who.tenant_id if who and who.may(SCOPES) else None


def _arrival(item: Arrival | Knock, tenants: Mapping[str, str | None]) -> Arrival | None:
    if isinstance(item, Arrival):
        return item
    tenant_id = tenants[item.key]
    return Arrival(tenant_id, item.event) if tenant_id else None


class HotPath:
    """Middleware; outermost, so that a plain event meets nothing else."""

    def __init__(self, app: ASGIApp, ctx: Context) -> None:
        self._app = app
        self._ctx = ctx
        self._keys: dict[str, None] = {}
        self._door: _Door | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or pass it on."""
        if scope["type"] != "http" or scope["path"] != PATH or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        key = _plain_key(scope)
        if key is None:
            await self._app(scope, receive, send)
        elif digest(key) not in self._keys:
            await self._app(scope, receive, self._remembering(key, send))
        else:
            await self._serve(key, scope, receive, send)

    async def _serve(self, key: str, scope: Scope, receive: Receive, send: Send) -> None:
        first = await _first_message(receive)
        receipt = await self._stored(key, first) if first else None
        if receipt is None or receipt.status == "conflict":
            await self._app(scope, _again(first, receive), send)
            return
        await _answer(receipt, send)

    async def _stored(self, key: str, message: Message) -> Receipt | None:
        """What became of the event in a message; None when that is for others to say."""
        if message["type"] != "http.request" or message.get("more_body"):
            return None
        body = message.get("body", b"")
        event = plain_event(body, self._ctx.now()) if len(body) <= MAX_BODY else None
        if event is None:
            return None
        try:
            return await self._door_here().knock(Knock(key, event))
        except Exception:
            # Said and logged by the ordinary route, if it is still so when that tries.
            return None

    def _door_here(self) -> "_Door":
        loop = asyncio.get_running_loop()
        if self._door is None or self._door.loop is not loop:
            self._door = _Door(loop, self._ctx)
        return self._door

    def _remembering(self, key: str, send: Send) -> Send:
        async def remember(message: Message) -> None:
            if message["type"] == "http.response.start" and message["status"] in (200, 201):
                if len(self._keys) >= MAX_KEYS:
                    self._keys.clear()
                self._keys[digest(key)] = None
            await send(message)

        return remember


def _plain_key(scope: Scope) -> str | None:
    """The key of a request of which nothing is unusual: JSON, and one key in its usual form."""
    if scope["query_string"]:
        return None
    media: list[bytes] = []
    shown: list[bytes] = []
    for name, value in scope["headers"]:
        if name == b"content-type":
            media.append(value)
        elif name == b"authorization":
            shown.append(value)
        elif name in _UNUSUAL or name.startswith(b"ce-"):
            return None
    if media != [b"application/json"] or len(shown) != 1:
        return None
    found = _BEARER(shown[0])
    return found[1].decode() if found else None


async def _first_message(receive: Receive) -> Message | None:
    """The first message, which of a small body is the whole; None when it is slow to come."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await receive()
    except TimeoutError:
        return None


def _again(first: Message | None, receive: Receive) -> Receive:
    """The messages from the first on, as if none had been received."""
    waiting = [first] if first else []

    async def from_the_first() -> Message:
        return waiting.pop() if waiting else await receive()

    return from_the_first


async def _answer(receipt: Receipt, send: Send) -> None:
    """What the ordinary route answers: ids are plain ASCII, and nothing needs escaping."""
    flags = ",".join(f'"{flag}"' for flag in receipt.flags)
    body = (
        f'{{"status":"{receipt.status}","employee_id":"{receipt.employee_id}","flags":[{flags}]}}'
    ).encode()
    headers = [
        (b"content-length", str(len(body)).encode()),
        (b"content-type", b"application/json"),
        *_SAFE,
    ]
    status = 201 if receipt.status == "created" else 200
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


class _Door:
    """Events of one loop, handed to the writer together, and answered together."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ctx: Context) -> None:
        self.loop = loop
        self._ctx = ctx
        self._knocking: list[tuple[Knock, _Waiter]] = []
        self._settled: deque[tuple[_Waiter, Receipt | None]] = deque()
        self._called = False

    async def knock(self, item: Knock) -> Receipt | None:
        """What became of it, once that is committed; raises what the writer does."""
        waiter = _Waiter(self)
        self._knocking.append((item, waiter))
        if len(self._knocking) == 1:
            # What arrived in the same turn of the loop is handed over together.
            self.loop.call_soon(self._hand_over)
        return await waiter.future

    def _hand_over(self) -> None:
        entries, self._knocking = self._knocking, []
        try:
            self._ctx.ingest.enter(entries)
        except Unavailable as error:
            for _, waiter in entries:
                waiter.future.set_exception(error)

    def settle(self, waiter: "_Waiter", receipt: Receipt | None) -> None:
        """In the writer's thread: the loop is called once for as many as it finds."""
        self._settled.append((waiter, receipt))
        if not self._called:
            self._called = True
            self.loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        # First this, then the looking: what is settled meanwhile calls again, or is found.
        self._called = False
        while self._settled:
            waiter, receipt = self._settled.popleft()
            if not waiter.future.done():
                waiter.future.set_result(receipt)


class _Waiter:
    """Who waits for an answer, as the writer knows it; an error is answered with None."""

    __slots__ = ("_door", "future")

    def __init__(self, door: _Door) -> None:
        self._door = door
        self.future: asyncio.Future[Receipt | None] = door.loop.create_future()

    def set_running_or_notify_cancel(self) -> bool:
        """Whether anybody still waits: one who went away is not asked for."""
        return not self.future.cancelled()

    def set_result(self, receipt: Any) -> None:
        """What became of it."""
        self._door.settle(self, receipt)

    def set_exception(self, error: BaseException | None) -> None:
        """The ordinary route tries again, and says what is wrong."""
        del error
        self._door.settle(self, None)
