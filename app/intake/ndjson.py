"""Cuts an NDJSON file into numbered lines, one event each, in bounded memory.

It refuses over-long lines and nothing else: whether a line is JSON, and an event, is for others.
"""

from collections.abc import Iterator
from typing import BinaryIO

from app.intake.rows import RowError

MAX_LINE_BYTES = 64 * 1024

_BOM = b"\xef\xbb\xbf"
# Room for a BOM before and CR LF after a line of exactly the longest length.
_READ_BYTES = MAX_LINE_BYTES + len(_BOM) + len(b"\r\n")
_TOO_LONG = RowError("line_too_long", f"The line is longer than {MAX_LINE_BYTES} bytes.")


def read_ndjson(stream: BinaryIO) -> Iterator[tuple[int, bytes | RowError]]:
    """Yield (line number, line) of every line that is not blank, without its line ending.

    Numbers are those an editor shows: from 1, blank lines counted. A line above 64 KiB comes as
    the error `line_too_long`. A leading UTF-8 BOM is dropped.
    """
    number = 0
    while piece := stream.readline(_READ_BYTES):
        number += 1
        line = _content(piece.removeprefix(_BOM) if number == 1 else piece)
        if _is_cut(piece):
            _skip_rest(stream)
        if len(line) > MAX_LINE_BYTES:
            yield number, _TOO_LONG
        elif line.strip(b" \t\r"):
            yield number, line


def _content(piece: bytes) -> bytes:
    return piece.removesuffix(b"\n").removesuffix(b"\r")


def _is_cut(piece: bytes) -> bool:
    return len(piece) == _READ_BYTES and not piece.endswith(b"\n")


def _skip_rest(stream: BinaryIO) -> None:
    while piece := stream.readline(_READ_BYTES):
        if piece.endswith(b"\n"):
            return
