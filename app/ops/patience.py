"""How long a connection may take to say what it wants: a head that trickles is not waited for.

uvicorn limits how long a connection may be idle between requests, and nothing before: one that
sends no head, half a head, or a byte of it now and then, would stay for ever. (Bodies:
app/core/bodies.py.)
"""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

MAX_HEAD = 64 * 1024
"""Bytes a request line and its headers may have, where uvicorn's parser has no limit."""


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's own, closing connections whose next head is not whole in time or too large."""

    head_timeout_s = 20.0
    _timer: asyncio.TimerHandle | None = None
    _in_head = False
    _head_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """The first head is expected from now on."""
        super().connection_made(transport)
        self._expect()

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is expected any more."""
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """What comes where no request is under way must become a head."""
        super().data_received(data)
        if self._in_head:
            self._head_bytes += len(data)
            if self._head_bytes > MAX_HEAD:
                self.transport.close()
        # uvicorn has no cycle until the first head is there.
        cycle: RequestResponseCycle | None = self.cycle
        if self._timer is None and (cycle is None or cycle.response_complete):
            self._expect()

    def on_message_begin(self) -> None:
        """A head begins."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """It is there; from here on the application watches."""
        self._in_head = False
        self._rest()
        super().on_headers_complete()

    def _expect(self) -> None:
        if not self.transport.is_closing():
            self._timer = self.loop.call_later(self.head_timeout_s, self.transport.close)

    def _rest(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def patient(head_timeout_s: float) -> type[PatientProtocol]:
    """The protocol with a patience of that many seconds."""
    return type("Patient", (PatientProtocol,), {"head_timeout_s": head_timeout_s})
