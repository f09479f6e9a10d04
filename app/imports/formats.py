"""The formats of files: each by a reader that makes numbered rows of it, an event or what is wrong.

A format is added by one line in `READERS` and its name in `task.Format`.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO

from pydantic import ValidationError

from app.core.strict_json import MalformedJson, parse_json
from app.imports.task import Format
from app.intake.event import Event
from app.intake.ndjson import read_ndjson
from app.intake.paxml import read_paxml
from app.intake.rows import FileRows, RowError
from app.intake.schemas import EVENT, implausible
from app.privacy.redact import field_errors

Read = tuple[int, Event | list[str]]
"""A row's number, with its event or the codes of what is wrong with it."""


@dataclass(frozen=True)
class Reading:
    """How a file is to be read. `now`: when its import began, whenever it is read."""

    now: datetime
    source: str | None = None
    mapping: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class Found:
    """A file as it is opened: its rows in order of their numbers, and what it says of itself.

    `rows_total`: where the format tells it beforehand. `passed`: rows no event was made of, by
    why. `replaces`: the days whose statements of `source` it replaces, said at `said_at`.
    """

    rows: Iterator[Read]
    rows_total: int | None = None
    passed: Mapping[str, int] = field(default_factory=dict)
    source: str | None = None
    said_at: datetime | None = None
    replaces: tuple[date, date] | None = None
    warnings: tuple[str, ...] = ()
    detected: Mapping[str, Any] | None = None


def open_file(form: Format, stream: BinaryIO, reading: Reading, *, after: int) -> Found:
    """Open a file and skip its rows up to the one numbered `after`; raises UnreadableFile."""
    return READERS[form](stream, reading, after)


def _ndjson(stream: BinaryIO, reading: Reading, after: int) -> Found:
    lines = read_ndjson(stream)
    return Found((number, _line(line, reading.now)) for number, line in lines if number > after)


def _paxml(stream: BinaryIO, reading: Reading, after: int) -> Found:
    return _of_rows(
        read_paxml(stream, source=reading.source, received_at=reading.now), reading, after
    )


READERS: dict[Format, Callable[[BinaryIO, Reading, int], Found]] = {
    "ndjson": _ndjson,
    "paxml": _paxml,
}


def _of_rows(file: FileRows, reading: Reading, after: int) -> Found:
    """What a reader of files with statements has found."""
    return Found(
        rows=(
            (row.number, _event(row.event, reading.now) if row.event else _codes(row.errors))
            for row in file
            if row.number > after
        ),
        rows_total=file.rows_total,
        passed={"ignored": file.rows_ignored, "merged": file.rows_merged},
        source=file.source,
        said_at=file.occurred_at,
        replaces=file.replaces,
        warnings=file.warnings,
        detected=file.detected,
    )


def _codes(errors: Iterable[RowError]) -> list[str]:
    return [error.code for error in errors]


def _line(line: bytes | RowError, now: datetime) -> Event | list[str]:
    if isinstance(line, RowError):
        return [line.code]
    try:
        return _event(parse_json(line), now)
    except MalformedJson as error:
        return [error.code]


def _event(document: Any, now: datetime) -> Event | list[str]:
    try:
        event = EVENT.validate_python(document).event()
    except ValidationError as error:
        return [found.code for found in field_errors(error.errors())]
    return [found.code for found in implausible(event, now)] or event
