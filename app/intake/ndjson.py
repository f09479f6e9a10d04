"""Cuts NDJSON into numbered lines, one event each, in bounded memory: of a file or of a stream.

It refuses over-long lines and nothing else: whether a line is JSON, and an event, is for others.
"""

from collections.abc import Iterator
from typing import BinaryIO

from app.intake.rows import RowError

MAX_LINE_BYTES = 64 * 1024

_BOM = b"\xef\xbb\xbf"
_BRACE = ord("}")
_READ_BYTES = 64 * 1024
# Room for a BOM before and a CR after a line of exactly the longest length.
_HELD_BYTES = MAX_LINE_BYTES + len(_BOM) + len(b"\r")
_TOO_LONG = RowError("line_too_long", f"The line is longer than {MAX_LINE_BYTES} bytes.")

Line = tuple[int, bytes | RowError]
"""Its number as an editor shows it (from 1, blank lines counted), and the line or its error."""


class Cutter:
    """Takes pieces cut anywhere and gives the lines that are not blank, without their ending.

    A line above 64 KiB comes as the error `line_too_long`. A leading UTF-8 BOM is dropped.
    """

    def __init__(self) -> None:
        self._number = 0
        self._rest = bytearray()
        self._skipping = False

    def feed(self, piece: bytes) -> Iterator[Line]:
        """The lines that end in this piece."""
        first, *others = piece.split(b"\n")
        self._hold(first)
        if not others:
            return
        yield from self._line()
        rest = others.pop()
        for other in others:
            # A plain line, of which most files are full, is handed on as it is.
            if 0 < len(other) <= MAX_LINE_BYTES and other[-1] == _BRACE:
                self._number += 1
                yield self._number, other
            else:
                self._hold(other)
                yield from self._line()
        self._hold(rest)

    def finish(self) -> Iterator[Line]:
        """The last line, when nothing ended it."""
        if self._rest or self._skipping:
            yield from self._line()

    def _hold(self, part: bytes) -> None:
        """Keep the beginning of a line; of one that is too long only that it is."""
        if not self._skipping:
            self._rest += part
            if len(self._rest) > _HELD_BYTES:
                self._skipping = True
                self._rest.clear()

    def _line(self) -> Iterator[Line]:
        self._number += 1
        line = bytes(self._rest)
        if self._number == 1:
            line = line.removeprefix(_BOM)
        line = line.removesuffix(b"\r")
        if self._skipping or len(line) > MAX_LINE_BYTES:
            yield self._number, _TOO_LONG
        elif line.strip(b" \t\r"):
            yield self._number, line
        self._rest.clear()
        self._skipping = False


def read_ndjson(stream: BinaryIO) -> Iterator[Line]:
    """The lines of a file, as `Cutter` gives them."""
    cutter = Cutter()
    while piece := stream.read(_READ_BYTES):
        yield from cutter.feed(piece)
    yield from cutter.finish()
