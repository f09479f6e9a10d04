"""Make one attempt to deliver one webhook, and say in one word how it went.

Refuses to follow redirects, keep cookies, use proxies, decompress, look a name up twice, stay past
its deadline, or keep anything of the receiver's answer but its status and `Retry-After`.
"""

import contextlib
import logging
import socket
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import certifi
import httpcore
import httpx

from app.delivery import targets

Outcome = Literal[
    "delivered",
    "refused_status",
    "redirected",
    "gone",
    "timed_out",
    "connection_failed",
    "tls_failed",
    "forbidden_target",
    "response_invalid",
]

OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)
USER_AGENT = "Omtanke-Webhooks/1"
# The answer's body is read out of politeness only: a receiver that is cut off may log an error.
MAX_BODY_BYTES = 64 * 1024
MAX_BODY_S = 1.0
# Bounds endless 1xx answers; one header block is bounded by the parser (100 kB).
MAX_ANSWER_BYTES = 512 * 1024
MAX_ADDRESSES = 4
_LONGEST_RETRY_AFTER = 100

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """How an attempt went: `status` is None when no status line came within the deadline."""

    status: int | None
    outcome: Outcome
    retry_after: str | None
    duration_ms: int


class Poster:
    """Posts webhooks; holds no connection, so one instance serves any number of threads.

    Every attempt opens a connection of its own: a kept one may have been closed by the peer, which
    makes the outcome of a half-sent request unknown, and its deadline could not be its own.
    """

    def __init__(
        self,
        private: Sequence[targets.Network] = (),
        *,
        tls: ssl.SSLContext | None = None,
        lookup: targets.Lookup = targets.system_lookup,
    ) -> None:
        """`private` is the operator's allow-list; `tls` and `lookup` replace the system's own."""
        self._private = tuple(private)
        self._tls = tls or _default_tls()
        self._lookup = lookup
        # At INFO and below they log whole URLs, and a URL may hold a receiver's token.
        for name in ("httpx", "httpcore"):
            logging.getLogger(name).setLevel(logging.WARNING)

    def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, deadline_s: float
    ) -> Answer:
        """POST `body` to `url` once and return how it went, after `deadline_s` at the latest.

        `headers` are the signature's; the content type is JSON unless they say another. The
        deadline is wall-clock time for everything: lookup, connect, TLS, sending, the answer. A
        2xx is `delivered` as soon as its headers are in; what befalls its body changes nothing.
        Whatever the receiver does becomes an Answer: nothing is raised.
        """
        started = time.monotonic()
        line = _Line(self._private, self._lookup, give_up_at=started + deadline_s)
        status: int | None = None
        retry_after: str | None = None
        try:
            targets.check_url(url, self._private)
            request = httpx.Request("POST", url, headers=_merged(headers), content=body)
            status, retry_after = self._exchange(request, line)
            outcome = _outcome_of(status)
        except Exception as error:
            outcome = _outcome_of_error(error, heard=line.received > 0)
        return Answer(status, outcome, retry_after, round((time.monotonic() - started) * 1000))

    def _exchange(self, request: httpx.Request, line: "_Line") -> tuple[int, str | None]:
        """Send the request; return the status and `Retry-After` of the answer."""
        # The bare transport, not a Client: a Client would keep cookies, parse the Location of a
        # redirect and log the URL before it could be told not to.
        with (
            _PinnedTransport(self._tls, line) as transport,
            contextlib.closing(transport.handle_request(request)) as response,
        ):
            _drain(response, line)
            return response.status_code, _retry_after(response)


class _TlsFailed(Exception):
    """The peer's certificate or handshake was not accepted, by us or by it."""


class _PinnedTransport(httpx.HTTPTransport):
    """httpx's transport over connections that `_Line` opens."""

    def __init__(self, tls: ssl.SSLContext, line: "_Line") -> None:
        super().__init__(verify=tls, trust_env=False)
        # httpx 0.28 has no public way to bring a network backend; the version is pinned for it,
        # and the tests that refuse addresses fail if the attribute loses its meaning.
        self._pool = httpcore.ConnectionPool(ssl_context=tls, network_backend=line)


class _Line(httpcore.NetworkBackend):
    """Opens the one connection of one attempt, to a checked address, within the time left."""

    def __init__(
        self, private: Sequence[targets.Network], lookup: targets.Lookup, *, give_up_at: float
    ) -> None:
        self._private = private
        self._lookup = lookup
        self.give_up_at = give_up_at
        self.received = 0

    def left(self) -> float:
        """Return the seconds left; raises TimeoutError when there are none."""
        seconds = self.give_up_at - time.monotonic()
        if seconds <= 0:
            raise TimeoutError
        return seconds

    # What else httpcore passes here and below are its own options: timeouts for single calls.
    def connect_tcp(self, host: str, port: int, *_: object, **__: object) -> httpcore.NetworkStream:
        with _translated(httpcore.ConnectTimeout, httpcore.ConnectError):
            found = targets.resolve(
                host, port, private=self._private, timeout_s=self.left(), lookup=self._lookup
            )
            return _Stream(self._connect_first(found[:MAX_ADDRESSES], port), self)

    def _connect_first(self, addresses: Sequence[targets.Address], port: int) -> socket.socket:
        """Connect to the first address that answers, leaving time for the ones after it."""
        for waiting in range(len(addresses), 1, -1):
            with contextlib.suppress(OSError):
                address = str(addresses[-waiting])
                return socket.create_connection((address, port), self.left() / waiting)
        return socket.create_connection((str(addresses[-1]), port), self.left())


class _Stream(httpcore.NetworkStream):
    """A connection whose every read, write and handshake ends at the attempt's deadline."""

    def __init__(self, sock: socket.socket, line: _Line) -> None:
        # Head and body are two writes: the second is not to wait for an acknowledgement.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._sock = sock
        self._line = line

    def read(self, max_bytes: int, *_: object, **__: object) -> bytes:
        with _translated(httpcore.ReadTimeout, httpcore.ReadError):
            self._sock.settimeout(self._line.left())
            data = self._sock.recv(max_bytes)
        self._line.received += len(data)
        if self._line.received > MAX_ANSWER_BYTES:
            raise httpcore.RemoteProtocolError("the answer is too long")
        return data

    def write(self, buffer: bytes, *_: object, **__: object) -> None:
        # A failed write is not the end: the receiver may have answered before it hung up.
        with _translated(httpcore.WriteTimeout, httpcore.WriteError):
            view = memoryview(buffer)
            while view:
                self._sock.settimeout(self._line.left())
                view = view[self._sock.send(view) :]

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        *_: object,
        **__: object,
    ) -> httpcore.NetworkStream:
        try:
            with _translated(httpcore.ConnectTimeout, _TlsFailed):
                self._sock.settimeout(self._line.left())
                wrapped = ssl_context.wrap_socket(self._sock, server_hostname=server_hostname)
        except BaseException:
            self.close()
            raise
        return _Stream(wrapped, self._line)

    def close(self) -> None:
        self._sock.close()

    def get_extra_info(self, *_: object) -> None:
        """Say nothing: httpcore asks for HTTP/2 and for reuse, and neither is wanted."""


@contextlib.contextmanager
def _translated(timed_out: type[Exception], failed: type[Exception]) -> Iterator[None]:
    """Turn the socket's errors into those that the HTTP layers know; messages are left behind."""
    try:
        yield
    except TimeoutError:
        raise timed_out from None
    except ssl.SSLError:
        raise _TlsFailed from None
    except (OSError, targets.ResolutionFailed):
        raise failed from None


def _default_tls() -> ssl.SSLContext:
    """Trust the system's authorities (an employer's own among them) and the public ones."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


def _merged(headers: Mapping[str, str]) -> dict[str, str]:
    return {
        "content-type": "application/json",
        **{name.lower(): value for name, value in headers.items()},
        "user-agent": USER_AGENT,
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
    }


def _drain(response: httpx.Response, line: _Line) -> None:
    line.give_up_at = min(line.give_up_at, time.monotonic() + MAX_BODY_S)
    # The status has been given; neither a cut nor a slow body takes it back.
    with contextlib.suppress(httpx.TransportError, _TlsFailed):
        for _ in response.iter_raw():
            if response.num_bytes_downloaded >= MAX_BODY_BYTES:
                return


def _retry_after(response: httpx.Response) -> str | None:
    value = response.headers.get("retry-after")
    return value if value is not None and len(value) <= _LONGEST_RETRY_AFTER else None


def _outcome_of(status: int) -> Outcome:
    if 200 <= status <= 299:
        return "delivered"
    if 300 <= status <= 399:
        return "redirected"
    return "gone" if status == 410 else "refused_status"


def _outcome_of_error(error: Exception, *, heard: bool) -> Outcome:
    match error:
        case targets.ForbiddenTarget():
            return "forbidden_target"
        case _TlsFailed():
            return "tls_failed"
        case httpx.TimeoutException():
            return "timed_out"
        case httpx.NetworkError():
            return "connection_failed"
        case httpx.RemoteProtocolError():
            return "response_invalid" if heard else "connection_failed"
    # The peer's bytes pass through parsers that are not ours: no surprise of theirs may stop the
    # worker. The type alone is logged, since a message may quote what was sent.
    log.error("webhook attempt failed unexpectedly: %s", type(error).__name__)
    return "response_invalid"
