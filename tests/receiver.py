"""A real webhook receiver on the loopback interface that behaves as badly as a test asks.

Not a mock: it listens, reads and answers over sockets, so what a test sees is what a peer sees.

    with Receiver() as receiver:
        receiver.script(Reply(503), HANG_UP)        # the next two requests; then `default` again
        ...                                         # let something post to receiver.url
        first, second, third = receiver.wait_for(3)
        third.verify("whsec_...")
"""

import contextlib
import http.client
import json
import socket
import ssl
import struct
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Any, BinaryIO, Literal, Self

from standardwebhooks import Webhook, WebhookVerificationError


@dataclass(frozen=True)
class Received:
    """One request as it came in. Header names are lower-case; `at` is monotonic time."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    at: float = field(default_factory=time.monotonic)

    def verify(self, secret: str) -> Any:
        """Return the payload if the official library accepts the signature, or raise its error."""
        return Webhook(secret).verify(self.body, dict(self.headers))

    def verify_at(self, now: datetime, secret: str) -> Any:
        """The same for a receiver that lives at `now`: the library knows the machine's time alone.

        The library makes the signature that would be right; the time may be five minutes off.
        """
        stamp = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), UTC)
        right = Webhook(secret).sign(self.headers["webhook-id"], stamp, self.body.decode())
        if right not in self.headers["webhook-signature"].split():
            raise WebhookVerificationError("No matching signature found")
        if abs(now - stamp) > timedelta(minutes=5):
            raise WebhookVerificationError("Message timestamp too old, or too new")
        return json.loads(self.body)


@dataclass(frozen=True)
class Reply:
    """One answer: after `delay_s` a head and a body, or `raw` in their place; then the end.

    `drip_s` is the time between single bytes, of the head or of the body alone (`drip_from`).
    `repeat` is sent over and over, after the rest, until the peer hangs up.
    """

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay_s: float = 0.0
    raw: bytes | None = None
    drip_s: float = 0.0
    drip_from: Literal["head", "body"] = "head"
    repeat: bytes = b""
    then: Literal["close", "reset", "hang"] = "close"

    def parts(self) -> tuple[bytes, bytes]:
        """Return head and body as they go over the wire."""
        if self.raw is not None:
            return self.raw, b""
        given = {name.lower(): value for name, value in self.headers.items()}
        length = {} if self.repeat or self.status == 204 else {"content-length": len(self.body)}
        lines = [f"HTTP/1.1 {self.status} {http.client.responses.get(self.status, 'Unknown')}"]
        lines += [f"{k}: {v}" for k, v in ({"connection": "close"} | length | given).items()]
        return "\r\n".join([*lines, "", ""]).encode("latin-1"), self.body


Decide = Callable[[Received], Reply]

HANG_UP = Reply(raw=b"")
HANG = Reply(raw=b"", then="hang")
RESET = Reply(raw=b"", then="reset")
RESET_IN_BODY = Reply(200, {"content-length": "1000"}, b"the beginning", then="reset")
NOT_HTTP = Reply(raw=b"220 mail.example ESMTP\r\n")
ENDLESS_BODY = Reply(200, repeat=b"x" * 65_536)
HUGE_BODY = Reply(200, {"content-length": "104857600"}, repeat=b"x" * 65_536)
ENDLESS_HINTS = Reply(raw=b"", repeat=b"HTTP/1.1 102 Processing\r\n\r\n")
SLOW_HEAD = Reply(200, {"x-filling": "x" * 1_000}, drip_s=0.05)
SLOW_BODY = Reply(200, body=b"x" * 1_000, drip_s=0.05, drip_from="body")


def redirect(to: str) -> Reply:
    """Return an answer that sends the client elsewhere."""
    return Reply(307, {"location": to})


class Receiver:
    """Listens on a free port of `host` while it is entered; one request for each connection.

    `default` answers whatever the script does not cover, and may be a function of the request.
    With `tls` (a server context) it speaks https.
    """

    def __init__(
        self,
        default: Reply | Decide = Reply(),
        *,
        host: str = "127.0.0.1",
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.default = default
        self.host = host
        self._tls = tls
        self._script: deque[Reply] = deque()
        self._requests: list[Received] = []
        self._peers: list[Any] = []
        self._probes = 0
        self._open: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []
        self._changed = threading.Condition()
        self._stopping = threading.Event()

    def __enter__(self) -> Self:
        self._listener = socket.create_server((self.host, 0), backlog=128)
        # Where shutting the listener down does not wake accept(), this does.
        self._listener.settimeout(0.1)
        self.port: int = self._listener.getsockname()[1]
        self._start(self._accept)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stopping.set()
        with self._changed:
            for connection in (self._listener, *self._open):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(timeout=5)
        self._listener.close()

    @property
    def url(self) -> str:
        """Where to post to."""
        return f"{'https' if self._tls else 'http'}://{self.host}:{self.port}/hook"

    @property
    def requests(self) -> list[Received]:
        """What has come in so far, in order."""
        with self._changed:
            return list(self._requests)

    def script(self, *replies: Reply) -> None:
        """Answer the next requests with these, one each."""
        with self._changed:
            self._script.extend(replies)

    def wait_for(self, count: int, timeout_s: float = 10.0) -> list[Received]:
        """Return the requests once there are at least `count`; AssertionError if they stay out."""
        with self._changed:
            enough = self._changed.wait_for(lambda: len(self._requests) >= count, timeout_s)
            assert enough, f"{len(self._requests)} of {count} requests came in {timeout_s} s"
            return list(self._requests)

    def connections(self) -> int:
        """Return how many connections were opened, also those that never sent a byte.

        Opens one itself: connections are accepted in order, so all before it have been counted.
        """
        with socket.create_connection((self.host, self.port)) as probe, self._changed:
            name = probe.getsockname()
            self._probes += 1
            assert self._changed.wait_for(lambda: name in self._peers, 5), "accepts no more"
            return len(self._peers) - self._probes

    def _start(self, work: Callable[..., None], *args: Any) -> None:
        thread = threading.Thread(target=work, args=args, daemon=True, name="receiver")
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                connection, peer = self._listener.accept()
            except OSError:  # a pause without callers, or the end
                continue
            connection.settimeout(None)
            with self._changed:
                self._peers.append(peer)
                self._changed.notify_all()
            self._start(self._serve, connection)

    def _serve(self, plain: socket.socket) -> None:
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            connection = stack.enter_context(plain)
            if self._tls:
                connection = stack.enter_context(self._tls.wrap_socket(plain, server_side=True))
            stack.enter_context(self._kept(connection))
            request = _read(stack.enter_context(connection.makefile("rb")))
            if request is not None:
                self._answer(connection, self._record(request))

    @contextlib.contextmanager
    def _kept(self, connection: socket.socket) -> Iterator[None]:
        """Keep the connection where __exit__ finds it, so that it interrupts a read or a hang."""
        with self._changed:
            self._open.add(connection)
            if self._stopping.is_set():
                connection.shutdown(socket.SHUT_RDWR)
        try:
            yield
        finally:
            with self._changed:
                self._open.discard(connection)

    def _record(self, request: Received) -> Reply:
        with self._changed:
            self._requests.append(request)
            scripted = self._script.popleft() if self._script else None
            self._changed.notify_all()
        default = self.default
        return scripted or (default if isinstance(default, Reply) else default(request))

    def _answer(self, connection: socket.socket, reply: Reply) -> None:
        self._stopping.wait(reply.delay_s)
        head, body = reply.parts()
        self._send(connection, head, reply.drip_s if reply.drip_from == "head" else 0.0)
        self._send(connection, body, reply.drip_s)
        while reply.repeat and not self._stopping.is_set():
            connection.sendall(reply.repeat)
        if reply.then == "hang":
            connection.recv(1)
        if reply.then == "reset":
            # Closing with a linger time of zero makes the kernel send RST.
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _send(self, connection: socket.socket, data: bytes, drip_s: float) -> None:
        step = 1 if drip_s else max(len(data), 1)
        for start in range(0, len(data), step):
            connection.sendall(data[start : start + step])
            if self._stopping.wait(drip_s):
                return


def _read(stream: BinaryIO) -> Received | None:
    """Read one request; None when the peer hung up before it was whole."""
    method, _, rest = stream.readline().decode("latin-1").strip().partition(" ")
    if not rest:
        return None
    headers = {name.lower(): value for name, value in http.client.parse_headers(stream).items()}
    length = int(headers.get("content-length", "0"))
    body = stream.read(length)
    return Received(method, rest.split(" ")[0], headers, body) if len(body) == length else None
