"""Cuts bytes into lines of text, with their encoding found, in bounded memory.

A mark at the start (BOM) decides. Else the text is UTF-8 if the lines that could tell are, and
what Swedish Windows writes (cp1252) if they are not; until a line has more than ASCII in it,
nothing has to be decided. A line that is no text costs no other line.
"""

import codecs
import io
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, Literal

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

Encoding = Literal["utf-8", "utf-16", "cp1252", "iso-8859-1"]
Line = tuple[str, str]
"""A line with its ending, and the code of what is wrong with it (then there is no line) or ""."""

MAX_LINE_BYTES = 64 * 1024
SAMPLE_BYTES = 64 * 1024

_BOMS: tuple[tuple[bytes, Encoding], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Room for CR LF after a line of exactly the longest length.
_READ_BYTES = MAX_LINE_BYTES + 2


class TextLines:
    """Lines in order, of which some to come can be looked at.

    `number` is that of the line last taken, from 1. `encoding` is None while all has been ASCII.
    Codes: `line_too_long`, `not_text` (bytes that no character has in the encoding, or NUL).
    """

    def __init__(self, stream: BinaryIO, encoding: Encoding | None = None) -> None:
        self.number = 0
        start = _read_up_to(stream, SAMPLE_BYTES)
        marked = next((name for mark, name in _BOMS if start.startswith(mark)), None)
        self.encoding: Encoding | None = marked or encoding
        pieces = _recoded(start, stream, self.encoding)
        self._sample = next(pieces, b"")
        if b"\r" in self._sample and b"\n" not in self._sample:
            # As Macintosh programs end their lines.
            pieces = (piece.replace(b"\r", b"\n") for piece in chain([self._sample], pieces))
            self._sample = next(pieces)
        self._whole = len(start) < SAMPLE_BYTES
        self.encoding = self.encoding or _find_encoding(self.sample_lines())
        self._raw = io.BufferedReader(_Pieces(chain([self._sample], pieces)))
        self._ahead: deque[Line] = deque()

    def sample_lines(self) -> list[bytes]:
        """The first lines, without what the end of the sample cuts off."""
        lines = self._sample.splitlines(keepends=True)
        return lines if self._whole or len(lines) < 2 else lines[:-1]

    def sample(self) -> list[str]:
        """The first lines as text, as well as they can be read."""
        codec = "utf-8" if self.encoding == "utf-16" else self.encoding or "utf-8"
        return [line.decode(codec, "replace") for line in self.sample_lines()]

    def take(self) -> Line:
        """The next line; StopIteration after the last."""
        line = self._ahead.popleft() if self._ahead else self._read()
        if line is None:
            raise StopIteration
        self.number += 1
        return line

    def skip(self, count: int) -> None:
        """Leave out that many lines, whatever they are."""
        with suppress(StopIteration):
            for _ in range(count):
                self.take()

    def peek(self, place: int) -> str:
        """The line that many after the next one; "" if there is none, or it is no text."""
        while len(self._ahead) <= place:
            line = self._read()
            if line is None:
                return ""
            self._ahead.append(line)
        return self._ahead[place][0]

    def _read(self) -> Line | None:
        piece = self._raw.readline(_READ_BYTES)
        if not piece:
            return None
        if len(piece) > MAX_LINE_BYTES and len(piece.rstrip(b"\r\n")) > MAX_LINE_BYTES:
            while piece and not piece.endswith(b"\n"):
                piece = self._raw.readline(_READ_BYTES)
            return "", "line_too_long"
        if b"\0" in piece:
            return "", "not_text"
        return self._decoded(piece)

    def _decoded(self, piece: bytes) -> Line:
        if piece.isascii():
            return piece.decode("ascii"), ""
        if self.encoding is None:
            self.encoding = _find_encoding([piece])
        codec = "utf-8" if self.encoding == "utf-16" else self.encoding or "utf-8"
        try:
            return piece.decode(codec), ""
        except UnicodeDecodeError:
            return "", "not_text"


def _find_encoding(lines: list[bytes]) -> Encoding | None:
    """By the lines that are more than ASCII. One that is UTF-8 by chance hardly exists, so where
    the lines disagree as many UTF-8 ones as others are enough."""
    telling = [line for line in lines if not line.isascii()]
    if not telling:
        return None
    return "utf-8" if 2 * sum(map(_is_utf8, telling)) >= len(telling) else "cp1252"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _read_up_to(stream: BinaryIO, size: int) -> bytes:
    """That many bytes, fewer only at the end: a pipe gives what it has."""
    pieces = []
    while size > 0 and (piece := stream.read(size)):
        pieces.append(piece)
        size -= len(piece)
    return b"".join(pieces)


def _recoded(start: bytes, stream: BinaryIO, encoding: Encoding | None) -> Iterator[bytes]:
    """The bytes without mark; UTF-16 as UTF-8, what is no text in it as what is none there."""
    rest = iter(lambda: stream.read(SAMPLE_BYTES), b"")
    if encoding != "utf-16":
        yield start.removeprefix(codecs.BOM_UTF8)
        yield from rest
        return
    decoder = codecs.getincrementaldecoder("utf-16")("surrogatepass")
    for piece in chain([start], rest):
        yield decoder.decode(piece).encode("utf-8", "surrogatepass")
    if decoder.getstate()[0]:
        yield b"\xff"


class _Pieces(io.RawIOBase):
    """Pieces of bytes as a file, for its quick reading of lines."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = filter(None, pieces)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        view = memoryview(buffer)
        self._left = self._left or next(self._pieces, b"")
        size = min(len(view), len(self._left))
        view[:size] = self._left[:size]
        self._left = self._left[size:]
        return size
