"""Reads delimited text (CSV) row by row, with its encoding and delimiter found.

Spreadsheets and payroll systems agree on no dialect, so what nobody says is found out from the
first lines and can be told back. Bounded memory: a line, or a quoted record, is all that is held.
A row that cannot be read is a code in its place and costs no other row. Cells are text and
nothing else (a formula too), and columns nobody asked for are never handed on.
"""

import csv
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO, Literal

from app.core.text_lines import MAX_LINE_BYTES, Encoding, TextLines

Delimiter = Literal[";", ",", "\t", "|"]
Record = tuple[int, dict[str, str] | str]
"""The line a row begins on, and its cells by name, or the code (`DETAILS`) of what is wrong."""

DELIMITERS: tuple[Delimiter, ...] = (";", "\t", ",", "|")
# A quote that is never closed swallows lines; they are read again as rows of their own, so this
# is also how often a line can be read.
MAX_RECORD_LINES = 32

DETAILS = {
    "line_too_long": f"The line is longer than {MAX_LINE_BYTES} bytes.",
    "not_text": "The line holds bytes that are no text in the encoding of the file.",
    "quotes_unbalanced": "A quotation mark of the row is not closed, or stands where none can.",
    "columns_wrong": "The row has not as many columns as the file's first.",
}

_SAMPLE_ROWS = 50


class UnreadableFile(Exception):
    """The file as a whole cannot be read, whatever its rows say; `code` tells why."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Layout:
    """How the text is laid out; None is found out. `skip`: lines above the header, or first row.

    `quote` empty: quotation marks are characters like others.
    """

    encoding: Encoding | None = None
    delimiter: Delimiter | None = None
    quote: str = '"'
    header: bool = True
    skip: int = 0


_FOUND_OUT = Layout()


def read_delimited(
    stream: BinaryIO,
    *,
    columns: Mapping[str, str | int] | None = None,
    layout: Layout = _FOUND_OUT,
) -> "Table":
    """The rows of a delimited text.

    `columns` says under which name to hand on which column, by its name in the header (letter
    case and surrounding space aside) or its number from 1; without it all are, by their own names.
    Raises `UnreadableFile`: `header_missing`, `header_unreadable`, `column_missing`,
    `column_repeated` (a name that several columns have).
    """
    return Table(stream, columns, layout)


class Table(Iterator[Record]):
    """Numbered rows in order; blank ones, and those with empty cells alone, are left out.

    Numbers are those of lines as an editor shows them, from 1. Cells come without surrounding
    space. `encoding` and `delimiter` are what was found or given; a text that is ASCII alone so
    far is said to be UTF-8.
    """

    def __init__(
        self, stream: BinaryIO, columns: Mapping[str, str | int] | None, layout: Layout
    ) -> None:
        self._lines = TextLines(stream, layout.encoding)
        self._quote = layout.quote
        sample = self._lines.sample()
        said = _said_delimiter(sample[0]) if sample else None
        self.delimiter: str = layout.delimiter or said or ""
        skip = max(layout.skip, 1 if said else 0)
        self._lines.skip(skip)
        if not self.delimiter:
            names = [name for name in (columns or {}).values() if isinstance(name, str)]
            self.delimiter = _find_delimiter(sample[skip:], self._quote, names)
        self._width = 0
        header = self._header() if layout.header else None
        self._names, self._pick = _choose(columns, header)

    @property
    def names(self) -> tuple[str, ...]:
        """What the cells of a row are called."""
        return tuple(self._names)

    @property
    def places(self) -> list[tuple[int, str]]:
        """The same with where each stands, from 1."""
        return [(at + 1, name) for name, at in zip(self._names, self._pick, strict=True)]

    @property
    def encoding(self) -> str:
        """What the text was found to be so far."""
        return self._lines.encoding or "utf-8"

    def __next__(self) -> Record:
        while True:
            number, cells = self._record()
            if isinstance(cells, str):
                return number, cells
            if any(map(str.strip, cells)):
                return number, self._named(cells)

    def _named(self, cells: list[str]) -> dict[str, str] | str:
        if len(cells) != self._width:
            self._width = self._width or max(len(cells), 1 + max(self._pick, default=0))
            if len(cells) < self._width or any(map(str.strip, cells[self._width :])):
                return "columns_wrong"
        return {
            name: cells[place].strip() for name, place in zip(self._names, self._pick, strict=True)
        }

    def _header(self) -> list[str]:
        """The names of the columns: the first row that is not empty."""
        for _, cells in iter(self._record_or_none, None):
            if isinstance(cells, str):
                raise UnreadableFile("header_unreadable")
            names = [cell.strip() for cell in cells]
            if any(names):
                while not names[-1]:
                    names.pop()
                self._width = len(names)
                return names
        raise UnreadableFile("header_missing")

    def _record_or_none(self) -> tuple[int, list[str] | str] | None:
        try:
            return self._record()
        except StopIteration:
            return None

    def _record(self) -> tuple[int, list[str] | str]:
        """The next row that is not a blank line."""
        while True:
            line, wrong = self._lines.take()
            number = self._lines.number
            if wrong:
                return number, wrong
            if self._quote and self._quote in line:
                return number, self._quoted(line)
            if line.strip():
                return number, line.rstrip("\r\n").split(self.delimiter)

    def _quoted(self, first: str) -> list[str] | str:
        """A row with quotes, which may go on over some lines; else only its first line is lost."""
        taken = [first]

        def lines() -> Iterator[str]:
            yield first
            room = MAX_LINE_BYTES - len(first)
            while len(taken) < MAX_RECORD_LINES:
                line = self._lines.peek(len(taken) - 1)
                room -= len(line)
                if not line or room < 0:
                    return
                taken.append(line)
                yield line

        try:
            cells = next(
                csv.reader(lines(), delimiter=self.delimiter, quotechar=self._quote, strict=True)
            )
        except csv.Error:
            return "quotes_unbalanced"
        for _ in taken[1:]:
            self._lines.take()
        return cells


def _choose(
    columns: Mapping[str, str | int] | None, header: list[str] | None
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """Under which names which cells are handed on."""
    if columns is None:
        if header is None:
            raise UnreadableFile("column_missing")
        columns = {name: name for name in header if name}
    places = tuple(_place(wanted, header) for wanted in columns.values())
    return tuple(columns), places


def _place(wanted: str | int, header: list[str] | None) -> int:
    if isinstance(wanted, int):
        if wanted < 1 or (header is not None and wanted > len(header)):
            raise UnreadableFile("column_missing")
        return wanted - 1
    found = [place for place, name in enumerate(header or ()) if _name(name) == _name(wanted)]
    if len(found) > 1:
        raise UnreadableFile("column_repeated")
    if not found:
        raise UnreadableFile("column_missing")
    return found[0]


def _name(cell: str) -> str:
    """A column's name as it is compared."""
    return unicodedata.normalize("NFC", cell).strip().casefold()


def _said_delimiter(line: str) -> str | None:
    """What a spreadsheet's own first line says: `sep=;`."""
    said = line.strip("\r\n").strip('"')
    return said[4:] if said[:4].lower() == "sep=" and said[4:] in DELIMITERS else None


def _find_delimiter(sample: list[str], quote: str, names: list[str]) -> str:
    """The one that finds most of the named columns, then the same number of cells most often,
    then most cells."""
    wanted = {_name(name) for name in names}

    def likeness(delimiter: str) -> tuple[int, float, int]:
        rows = _sample_rows(sample, delimiter, quote)
        if not rows:
            return (0, 0.0, 0)
        named = len(wanted & {_name(cell) for cell in rows[0]})
        [(width, times)] = Counter(map(len, rows)).most_common(1)
        return (named, times / len(rows) if width > 1 else 0.0, width)

    return max(DELIMITERS, key=likeness)


def _sample_rows(sample: list[str], delimiter: str, quote: str) -> list[list[str]]:
    rows: list[list[str]] = []
    # A row it cannot read ends it; what came before says something.
    with suppress(csv.Error):
        reader = csv.reader(
            sample,
            delimiter=delimiter,
            quotechar=quote or None,
            quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        )
        rows.extend(row for row in islice(reader, _SAMPLE_ROWS) if row)
    return rows
