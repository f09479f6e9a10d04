"""What file readers share: numbered rows, the ways a row fails, and how values are read.

Pure values, nothing of any one format. An error never repeats what the file says: codes and fixed
sentences only.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from app.core import delimited
from app.core.delimited import UnreadableFile as UnreadableFile

MAX_NUMBER_LENGTH = 64
MAX_CELL = 200

DETAILS = delimited.DETAILS | {
    "code_missing": "The row does not say what it is about: no time code.",
    "field_repeated": "The row gives one field more than once.",
    "employee_missing": "The row names no employee.",
    "employment_number_missing": "The row has a personal identity number only.",
    "personal_number_invalid": "What stands for a personal identity number has not its form.",
    "personal_number_unknown": "The personal identity number is no known employee's.",
    "employment_number_too_long": f"The number is longer than {MAX_NUMBER_LENGTH} characters.",
    "date_missing": "The row needs a day, or both ends of a range.",
    "date_invalid": "A date or time of the row cannot be read.",
    "dates_contradict": "The single day of the row is not its range.",
    "range_reversed": "The range ends before it begins.",
    "hours_with_range": "Hours need a single day, not a range.",
    "hours_and_extent": "Hours and extent exclude each other.",
    "times_and_amount": "A start and an end say how much themselves: no hours or extent besides.",
    "hours_invalid": "The hours are not a number from 0.",
    "extent_out_of_range": "The extent is not a number above 0, at most 100.",
    "time_invalid": "The time at which the row was said cannot be read.",
    "cell_too_long": f"A cell of the row is longer than {MAX_CELL} characters.",
    "type_unknown": "The row is of no type of event there is.",
}
WARNINGS = {
    "company_codes_ignored": "Rows with the company's own time codes were passed over: nothing "
    "says what these codes mean.",
    "unknown_codes_ignored": "Rows with time codes that no standard has were passed over.",
    "hours_without_schedule": "Hours without the schedule of their day say nothing of the extent; "
    "those days are taken in as whole ones.",
    "schedule_unreadable": "Days of a schedule that cannot be read were left out of it.",
    "reexport_without_range": "The file repeats an earlier export, but does not say of which days.",
    "created_in_future": "The file says that it was made later than now; the time of the import "
    "stands in.",
    "no_rows": "The file has no row at all.",
}
REFUSALS = {
    "not_xml": "The file is not well-formed XML.",
    "dtd_forbidden": "The file has a document type declaration (DTD), which is never read.",
    "too_deep": "Elements of the file lie deeper in each other than in any PAXml.",
    "too_large": "The file, or what has to be kept of it, is too large; divide it.",
    "not_paxml": "The file is XML, but no PAXml.",
    "unsupported_version": "The file is of another version of PAXml than 2.",
    "header_missing": "The file has no row with the names of its columns.",
    "header_unreadable": "The row with the names of the columns cannot be read as text.",
    "column_missing": "A column that the mapping names is not in the file.",
    "columns_missing": "The mapping says nothing of columns, which CSV needs.",
    "column_repeated": "A column that the mapping names is in the file more than once.",
}

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_OFFSET = r"(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_DAY = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){_OFFSET}")
# The part in brackets is Java's zone text, which xs:dateTime does not know; nor does it know a
# space before the time, or a time without seconds.
_INSTANT = re.compile(
    rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}})[T ]([0-9]{{2}}:[0-9]{{2}}(?::[0-9]{{2}})?)"
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


@dataclass(slots=True)
class FileRows(Iterator[Row]):
    """The rows of one file in order, and how many of each sort there were (so far, if the file
    is read as its rows are asked for).

    `rows_total` counts every row read, `rows_ignored` those about nothing that is taken in,
    `rows_merged` those absorbed by another row about the same employee, kind and days.
    `replaces`: the days for which the file says all there is to say, so that statements of its
    source that it no longer makes are void. `warnings`: codes (`WARNINGS`) of what the file as a
    whole lacks. `detected`: what was found out about its form, by name. `source`, `occurred_at`:
    of the events made of it, where that is said of the file as a whole.
    """

    rows_total: int
    rows_ignored: int
    rows_merged: int
    _rows: Iterator[Row]
    source: str | None = None
    occurred_at: datetime | None = None
    replaces: tuple[date, date] | None = None
    warnings: tuple[str, ...] = ()
    detected: dict[str, str] = field(default_factory=dict)

    def __next__(self) -> Row:
        return next(self._rows)

    def become(self, following: Iterator[Row]) -> None:
        """Hand on these rows, which count themselves here as they are read."""
        self._rows = following


def row_errors(codes: Iterable[str]) -> tuple[RowError, ...]:
    """Errors with the sentences that belong to their codes."""
    return tuple(RowError(code, DETAILS[code]) for code in codes)


@lru_cache(maxsize=1024)
def read_number(text: str) -> Decimal | None:
    """An xs:decimal, None if unreadable: no exponent, no decimal comma."""
    return Decimal(text) if _NUMBER.fullmatch(text) else None


def read_extent(text: str) -> int | None:
    """Percent, rounded half up but never to nothing; None unless a number above 0, at most 100."""
    return whole_percent(read_number(text))


def whole_percent(share: Decimal | None) -> int | None:
    """A share in percent, rounded half up but never to nothing; None if it is no extent."""
    if share is None or not 0 < share <= 100:
        return None
    return max(1, int(share.quantize(Decimal(1), ROUND_HALF_UP)))


def share_of_day(hours: Decimal, day: Decimal) -> int:
    """Hours of a day of that many, in percent; no more than all of it, and never nothing."""
    if hours >= day:
        return 100
    return max(1, int((100 * hours / day).quantize(Decimal(1), ROUND_HALF_UP)))


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
    late = clock in ("24:00", "24:00:00")
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
