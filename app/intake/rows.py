"""What file readers share: numbered rows, the ways a row fails, and how statements become events.

Pure values, nothing of any one format. An error never repeats what the file says: codes and fixed
sentences only.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from heapq import merge
from typing import NamedTuple
from zoneinfo import ZoneInfo

from app.core.delimited import UnreadableFile as UnreadableFile

MAX_KEPT = 1_000_000
MAX_NUMBER_LENGTH = 64

DETAILS = {
    "code_missing": "The row does not say what it is about: no time code.",
    "field_repeated": "The row gives one field more than once.",
    "employee_missing": "The row names no employee.",
    "employment_number_missing": "The row has a personal identity number only.",
    "employment_number_too_long": f"The number is longer than {MAX_NUMBER_LENGTH} characters.",
    "date_missing": "The row needs a day, or both ends of a range.",
    "date_invalid": "A date or time of the row cannot be read.",
    "dates_contradict": "The single day of the row is not its range.",
    "range_reversed": "The range ends before it begins.",
    "hours_with_range": "Hours need a single day, not a range.",
    "hours_and_extent": "Hours and extent exclude each other.",
    "hours_invalid": "The hours are not a number from 0.",
    "extent_out_of_range": "The extent is not a number above 0, at most 100.",
}

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_OFFSET = r"(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_DAY = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){_OFFSET}")
# The part in brackets is Java's zone text, which xs:dateTime does not know.
_INSTANT = re.compile(
    rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})T([0-9]{{2}}:[0-9]{{2}}:[0-9]{{2}})"
    rf"((?:\.[0-9]+)?{_OFFSET})(?:\[[^\]]*\])?"
)


@dataclass(frozen=True, slots=True)
class RowError:
    """One thing wrong with a row: a stable `code` and a fixed English sentence about it."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a file, counted from 1: `event` in its wire form (api.md), or its `errors`.

    The event holds JSON types only. It is not validated yet; the importer holds it against the
    schema of the HTTP API.
    """

    number: int
    event: dict[str, object] | None
    errors: tuple[RowError, ...] = ()


class Statement(NamedTuple):
    """That an employee (by employment number) is ill from one day to another, both included."""

    employee: str
    first_day: date
    last_day: date
    extent: int


@dataclass(slots=True)
class FileRows(Iterator[Row]):
    """The rows of one file in order, and how many of each sort there were.

    `rows_total` counts every row read, `rows_ignored` those that are not about sickness,
    `rows_merged` those absorbed by an earlier row about the same employee and first day.
    """

    rows_total: int
    rows_ignored: int
    rows_merged: int
    _rows: Iterator[Row]

    def __next__(self) -> Row:
        return next(self._rows)


@dataclass(slots=True)
class Findings:
    """What a file has said so far, one statement for each employee and first day.

    Payroll splits one sick day over several codes, so a second statement about the same first day
    never contradicts the first: the longer wins, among equally long ones the larger extent.
    `merged` counts the rows so absorbed. More than `MAX_KEPT` findings: `UnreadableFile`.
    """

    merged: int = 0
    _said: dict[tuple[str, date], tuple[int, Statement]] = field(default_factory=dict)
    _failed: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)

    def add(self, number: int, statement: Statement) -> None:
        """Take in what a row says; rows come in the order of their numbers."""
        key = (statement.employee, statement.first_day)
        known = self._said.get(key)
        if known is None:
            self._check_room()
            self._said[key] = (number, statement)
        else:
            self.merged += 1
            self._said[key] = (known[0], max(known[1], statement))

    def fail(self, number: int, codes: Iterable[str]) -> None:
        """Take in that a row cannot be used, with codes from `DETAILS`."""
        self._check_room()
        self._failed.append((number, tuple(codes)))

    def rows(self, *, source: str, occurred_at: datetime) -> Iterator[Row]:
        """Every statement as an event, and every failed row, in order of (first) row number."""
        events = (
            Row(number, _reported(said, source=source, occurred_at=occurred_at))
            for number, said in self._said.values()
        )
        failed = (Row(number, None, _errors(codes)) for number, codes in self._failed)
        return merge(events, failed, key=lambda row: row.number)

    def _check_room(self) -> None:
        if len(self._said) + len(self._failed) >= MAX_KEPT:
            raise UnreadableFile("too_large")


def _errors(codes: tuple[str, ...]) -> tuple[RowError, ...]:
    return tuple(RowError(code, DETAILS[code]) for code in codes)


def _reported(said: Statement, *, source: str, occurred_at: datetime) -> dict[str, object]:
    """The event of a statement; its id is a hash of all it says, so saying it again is no news."""
    content: dict[str, object] = {
        "source": source,
        "employee": said.employee,
        "first_day": said.first_day.isoformat(),
        "last_day": said.last_day.isoformat(),
        "extent": said.extent,
        "kind": "sickness",
        "occurred_at": occurred_at.isoformat(),
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return content | {
        "id": hashlib.sha256(text.encode()).hexdigest()[:40],
        "type": "absence.reported",
        "absence": f"{said.employee}:{said.first_day.isoformat()}",
    }


def read_number(text: str) -> Decimal | None:
    """An xs:decimal, None if unreadable: no exponent, no decimal comma."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def read_extent(text: str) -> int | None:
    """Percent, rounded half up but never to nothing; None unless a number above 0, at most 100."""
    share = read_number(text)
    if share is None or not 0 < share <= 100:
        return None
    return max(1, int(share.quantize(Decimal(1), ROUND_HALF_UP)))


@lru_cache(maxsize=1024)
def read_day(text: str) -> date | None:
    """An xs:date, None if unreadable; a time zone in it does not move the day it names."""
    match = _DAY.fullmatch(text)
    try:
        return date.fromisoformat(match[1]) if match else None
    except ValueError:
        return None


def read_instant(text: str) -> datetime | None:
    """An xs:dateTime in Stockholm's time, which one without offset is in; None if unreadable."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    day, clock, rest = match.groups()
    # xs:dateTime may call the end of a day 24:00:00; Python may not.
    late = clock == "24:00:00"
    try:
        moment = datetime.fromisoformat(f"{day}T{'00:00:00' if late else clock}{rest}")
        moment += timedelta(days=late)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=_STOCKHOLM)
        return aware.astimezone(_STOCKHOLM)
    except (ValueError, OverflowError):
        return None


def days_covered(start: datetime, end: datetime) -> tuple[date, date] | None:
    """First and last local day of a span of time, None if it ends before it begins.

    One that ends at midnight does not touch the new day.
    """
    # As instants: the local clock alone goes backwards when summer time ends.
    length = end.timestamp() - start.timestamp()
    if length < 0:
        return None
    last = end - timedelta(microseconds=1) if length else end
    return start.date(), max(start.date(), last.date())
