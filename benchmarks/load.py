"""A cheap HTTP client for loads: keep-alive connections, raw bytes, nothing parsed but the status.

What it costs itself is part of every figure on a machine that it shares with the server.
"""

import asyncio
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

CONNECTIONS = 64


@dataclass(frozen=True)
class Load:
    """What became of a load: requests a second, and how long each took, sorted, in seconds."""

    rate: float
    took: list[float]

    def quantile(self, share: float) -> float:
        """In milliseconds."""
        return round(self.took[min(int(len(self.took) * share), len(self.took) - 1)] * 1000, 2)


def request(path: str, key: str, body: bytes) -> bytes:
    """A POST of a JSON body, as bytes."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def put_load(port: int, requests: Sequence[bytes], connections: int = CONNECTIONS) -> Load:
    """Send them all over so many connections; AssertionError unless every answer is a 201."""
    return asyncio.run(_put_load(port, requests, connections))


async def _put_load(port: int, requests: Sequence[bytes], connections: int) -> Load:
    took: list[float] = []
    waiting = iter(requests)
    began = time.perf_counter()
    await asyncio.gather(*(_connection(port, waiting, took) for _ in range(connections)))
    return Load(len(requests) / (time.perf_counter() - began), sorted(took))


async def _connection(port: int, requests: Iterator[bytes], took: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for one in requests:
        began = time.perf_counter()
        writer.write(one)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        answer = await reader.readexactly(int(length))
        took.append(time.perf_counter() - began)
        assert head.startswith(b"HTTP/1.1 201"), head + answer
    writer.close()
    await writer.wait_closed()
