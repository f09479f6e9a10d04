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


def put_load(
    port: int,
    requests: Sequence[bytes],
    connections: int = CONNECTIONS,
    *,
    a_second: float | None = None,
) -> Load:
    """Send them all over so many connections; AssertionError unless every answer is a 201.

    As fast as they are answered or, `a_second`, each at its moment: what it took counts from then,
    also where all connections still wait for earlier answers.
    """
    return asyncio.run(_put_load(port, requests, connections, a_second))


async def _put_load(
    port: int, requests: Sequence[bytes], connections: int, a_second: float | None
) -> Load:
    took: list[float] = []
    began = time.perf_counter()
    each = 1 / a_second if a_second else 0.0
    waiting = ((began + place * each if each else 0.0, one) for place, one in enumerate(requests))
    await asyncio.gather(*(_connection(port, waiting, took) for _ in range(connections)))
    return Load(len(requests) / (time.perf_counter() - began), sorted(took))


async def _connection(
    port: int, requests: Iterator[tuple[float, bytes]], took: list[float]
) -> None:
    """`requests`: each with its moment, 0 for at once."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for moment, one in requests:
        if moment:
            await asyncio.sleep(moment - time.perf_counter())
        began = moment or time.perf_counter()
        writer.write(one)
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        answer = await reader.readexactly(int(length))
        took.append(time.perf_counter() - began)
        assert head.startswith(b"HTTP/1.1 201"), head + answer
    writer.close()
    await writer.wait_closed()
