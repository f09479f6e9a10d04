"""The formats of files: each by a reader that makes numbered rows of it, an event or what is wrong.

A format is added by one line in `READERS` and its name in `task.Format`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO

from pydantic import ValidationError

from app.imports.task import Format
from app.intake.csv_rows import read_csv
from app.intake.event import Event
from app.intake.lines import read_line
from app.intake.mappings import Mapping
from app.intake.ndjson import read_ndjson
from app.intake.paxml import read_paxml
from app.intake.rows import FileRows, RowError, UnreadableFile
from app.intake.schemas import EVENT, implausible
from app.intake.whose import Who
from app.privacy.redact import field_errors

Read = tuple[int, Event | list[str]]
"""A row's number, with its event or the codes of what is wrong with it."""


@dataclass(frozen=True)
class Reading:
    """How a file is to be read. `now`: when its import began, whenever it is read.

    `holidays`: the tenant's days off besides weekends, as ordinals.
    """

    now: datetime
    source: str | None = None
    mapping: Mapping | None = None
    who: Who | None = None
    holidays: Collection[int] = frozenset()


@dataclass(frozen=True)
class Found:
    """A file that was opened: its rows in order of their numbers, and what it says of itself.

    Some formats tell the counts of `file` only when the last row has been read.
    """

    rows: Iterator[Read]
    file: FileRows | None = None


def open_file(form: Format, stream: BinaryIO, reading: Reading, *, after: int) -> Found:
    """Open a file and skip its rows up to the one numbered `after`; raises UnreadableFile."""
    return READERS[form](stream, reading, after)


def _ndjson(stream: BinaryIO, reading: Reading, after: int) -> Found:
    lines = read_ndjson(stream)
    return Found((number, _line(line, reading.now)) for number, line in lines if number > after)


def _paxml(stream: BinaryIO, reading: Reading, after: int) -> Found:
    file = read_paxml(
        stream,
        source=reading.source,
        received_at=reading.now,
        codes=reading.mapping.codes if reading.mapping else None,
        who=reading.who,
        holidays=reading.holidays,
    )
    return _of_rows(file, reading, after)


def _csv(stream: BinaryIO, reading: Reading, after: int) -> Found:
    if reading.mapping is None:
        raise UnreadableFile("mapping_missing")
    file = read_csv(
        stream,
        source=reading.source,
        received_at=reading.now,
        mapping=reading.mapping,
        who=reading.who,
    )
    return _of_rows(file, reading, after)


READERS: dict[Format, Callable[[BinaryIO, Reading, int], Found]] = {
    "ndjson": _ndjson,
    "paxml": _paxml,
    "csv": _csv,
}


def _of_rows(file: FileRows, reading: Reading, after: int) -> Found:
    """What a reader of files with statements has found."""
    rows = (
        (row.number, _event(row.event, reading.now) if row.event else _codes(row.errors))
        for row in file
        if row.number > after
    )
    return Found(rows, file)


def _codes(errors: Iterable[RowError]) -> list[str]:
    return [error.code for error in errors]


def _line(line: bytes | RowError, now: datetime) -> Event | list[str]:
    return [line.code] if isinstance(line, RowError) else read_line(line, now)


def _event(document: Any, now: datetime) -> Event | list[str]:
    try:
        event = EVENT.validate_python(document).event()
    except ValidationError as error:
        return [found.code for found in field_errors(error.errors())]
    return [found.code for found in implausible(event, now)] or event
