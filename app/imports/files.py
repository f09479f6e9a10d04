"""Files of imports: uploaded ones, kept in sealed pieces, and how far one has been read.

A piece is compressed and encrypted, and bound to its tenant, import and number: moved elsewhere
it does not open.
"""

import io
import zlib
from collections.abc import Callable
from typing import BinaryIO, Protocol

from app.core.crypt import KeyRing

PART_BYTES = 1024 * 1024
_READ_BYTES = 256 * 1024


class Readable(Protocol):
    """Whatever gives bytes, some at a time."""

    def read(self, size: int, /) -> bytes:
        """At most so many; none at the end."""
        ...


def seal(keys: KeyRing, key: tuple[str, str], number: int, content: bytes) -> str:
    """A piece of a file as it is stored."""
    return keys.encrypt(zlib.compress(content, 1), _place(key, number))


def unseal(keys: KeyRing, key: tuple[str, str], number: int, sealed: str) -> bytes:
    """The reverse; raises CannotDecrypt."""
    # A piece was at most so large when it was sealed, and nobody else can seal one.
    return zlib.decompress(keys.decrypt(sealed, _place(key, number)))


def _place(key: tuple[str, str], number: int) -> str:
    return f"{key[0]}/import_parts/{key[1]}/{number}"


class Parts:
    """An uploaded file, read piece by piece. `fetch` gives the piece of a number, or None."""

    def __init__(self, fetch: Callable[[int], bytes | None]) -> None:
        self._fetch = fetch
        self._number = 0
        self._rest = b""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""
        if not self._rest and (piece := self._fetch(self._number)) is not None:
            self._number += 1
            self._rest = piece
        found, self._rest = self._rest[:size], self._rest[size:]
        return found


class Metered(io.RawIOBase):
    """A file that knows how many of its bytes were read, and tells whenever more are."""

    def __init__(self, inner: Readable, told: Callable[[], None]) -> None:
        super().__init__()
        self._inner = inner
        self._told = told
        self.count = 0

    def readable(self) -> bool:
        """It is there to be read."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """Fill some of the buffer; 0 at the end."""
        self._told()
        found = self._inner.read(len(buffer))
        buffer[: len(found)] = found
        self.count += len(found)
        return len(found)

    def buffered(self) -> BinaryIO:
        """The same with lines that are read quickly."""
        return io.BufferedReader(self, _READ_BYTES)
