"""What one time transaction of a PAXml file says, strictly by the standard's rules (formats.md 1).

Pure. The rules are those of the prose, which the schema does not check; what a row breaks is told
in codes.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar

from app.intake import rows
from app.intake.event import DEFAULT_EXTENT

OVERLONG = "\0"
"""Stands for a value longer than any that means something; no XML text can hold it."""

_T = TypeVar("_T")
_SECONDS = 3600
_DAYS = ("datum", "datumfrom", "datumtom")
_TIMES = ("starttid", "sluttid")
_AMOUNTS = ("timmar", "omfattning")


class _BadDays(Exception):
    """A row's days cannot be told; the only argument is the code."""


def errors(row: Mapping[str, str], whose: str) -> list[str]:
    """The codes of everything wrong with a row; `whose`: what is wrong with its employee."""
    return [
        *(["field_repeated"] if "repeated" in row else []),
        *([whose] if whose else []),
        *_day_errors(row),
        *_amount_errors(row),
    ]


def _day_errors(row: Mapping[str, str]) -> Iterator[str]:
    try:
        days(row)
    except _BadDays as bad:
        yield str(bad)


def _amount_errors(row: Mapping[str, str]) -> Iterator[str]:
    if "timmar" in row:
        if ("datumfrom" in row or "datumtom" in row) and not _is_single_day(row):
            yield "hours_with_range"
        if "omfattning" in row:
            yield "hours_and_extent"
        given = rows.read_number(row["timmar"])
        if given is None or given < 0:
            yield "hours_invalid"
    if rows.read_extent(row.get("omfattning", "100")) is None:
        yield "extent_out_of_range"
    if _goes_by_times(row) and not row.keys().isdisjoint(_AMOUNTS):
        yield "times_and_amount"


def _goes_by_times(row: Mapping[str, str]) -> bool:
    """Whether nothing but a start and an end tells the days; they tell how much of them, too."""
    return row.keys().isdisjoint(_DAYS) and not row.keys().isdisjoint(_TIMES)


def _is_single_day(row: Mapping[str, str]) -> bool:
    """Whether the range is one day twice: so some exporters write every row."""
    first = rows.read_day(row.get("datumfrom", ""))
    return first is not None and first == rows.read_day(row.get("datumtom", ""))


def days(row: Mapping[str, str]) -> tuple[date, date]:
    """First and last day. `datum` outranks times: a night shift counts on the day it is booked."""
    if "datumfrom" in row or "datumtom" in row:
        first = _part(row, "datumfrom", rows.read_day)
        last = _part(row, "datumtom", rows.read_day)
        if "datum" in row and not first == last == rows.read_day(row["datum"]):
            raise _BadDays("dates_contradict")
    elif "datum" in row:
        first = last = _part(row, "datum", rows.read_day)
    else:
        start = _part(row, "starttid", rows.read_instant)
        covered = rows.days_covered(start, _part(row, "sluttid", rows.read_instant))
        first, last = covered or (date.max, date.min)
    if last < first:
        raise _BadDays("range_reversed")
    return first, last


def _part(row: Mapping[str, str], name: str, read: Callable[[str], _T | None]) -> _T:
    if name not in row:
        raise _BadDays("date_missing")
    value = read(row[name])
    if value is None:
        raise _BadDays("date_invalid")
    return value


def extent_and_hours(row: Mapping[str, str]) -> tuple[int, Decimal | None]:
    """Of a row without errors: its extent, or 0 and the hours of its single day.

    Hours are `timmar`, else the time from start to end. A row with none of these is absence for
    all of its days.
    """
    if "omfattning" in row:
        return rows.read_extent(row["omfattning"]) or 0, None
    hours = rows.read_number(row["timmar"]) if "timmar" in row else _hours_between(row)
    return (DEFAULT_EXTENT, None) if hours is None else (0, hours)


def _hours_between(row: Mapping[str, str]) -> Decimal | None:
    start = rows.read_instant(row.get("starttid", ""))
    end = rows.read_instant(row.get("sluttid", ""))
    first, last = days(row)
    if start is None or end is None or first != last:
        return None
    length = Decimal(end.timestamp() - start.timestamp()) / _SECONDS
    return length if length > 0 else None
