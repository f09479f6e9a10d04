"""A caller without a client's manners: it sends what it likes, when it likes, and reads late.

with Raw(port, key) as raw:
    raw.begin("POST", "/v1/events/batch", "application/x-ndjson")      # chunked
    raw.chunk(b"...")
    raw.end()
    status, headers, body = raw.answer()
"""

import http.client
import socket
from types import TracebackType
from typing import Any, Self


class Raw:
    """One connection to a server on this machine."""

    def __init__(self, port: int, key: str, timeout_s: float = 30.0) -> None:
        self._key = key
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=timeout_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.socket.close()

    def fileno(self) -> int:
        """So that it can be selected."""
        return self.socket.fileno()

    def begin(self, path: str, media: str, length: int | None = None) -> None:
        """The head of a POST, with a length or in chunks."""
        size = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
        head = [
            f"POST {path} HTTP/1.1",
            "Host: localhost",
            f"Authorization: Bearer {self._key}",
            f"Content-Type: {media}",
            size,
        ]
        self.socket.sendall("\r\n".join([*head, "", ""]).encode())

    def chunk(self, piece: bytes) -> None:
        """One chunk of the body."""
        self.socket.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))

    def end(self) -> None:
        """The end of a body in chunks."""
        self.socket.sendall(b"0\r\n\r\n")

    def answer(self) -> tuple[int, Any, bytes]:
        """Status, headers and body."""
        response = http.client.HTTPResponse(self.socket)
        response.begin()
        return response.status, response.headers, response.read()

    def is_closed(self) -> bool:
        """Whether the server has closed the connection, once it does or says something."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
