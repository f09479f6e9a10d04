"""Reads the absence rows of a CSV file by a mapping document, as events.

Rows are handed on as they are asked for, in bounded memory, so two rows about one first day are
not laid together here. They need not be: the one that weighs more (longer, then of larger extent,
then of sickness) has the greater id, and of events said at one time the greater id holds
(semantics 2, point 2).
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any, BinaryIO, get_args
from zoneinfo import ZoneInfo

from app.core.delimited import Layout, Table, UnreadableFile, read_delimited
from app.intake import rows
from app.intake.codes import normal_code
from app.intake.dates import read_formatted_day, read_formatted_instant
from app.intake.event import DEFAULT_EXTENT, DEFAULT_KIND, EventType, Kind
from app.intake.mappings import Mapping
from app.intake.rows import FileRows, Row, row_errors
from app.intake.statements import absence_name, content_id
from app.intake.whose import Who, Whose

Cells = dict[str, str]

_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_LONGEST = 99_999
_REPORTED = "absence.reported"
# In the order in which they hold when they are said at one time.
_TYPES: tuple[EventType, ...] = get_args(EventType)


def read_csv(
    stream: BinaryIO,
    *,
    source: str | None,
    received_at: datetime,
    mapping: Mapping,
    who: Who | None = None,
) -> FileRows:
    """The rows of a file; raises `UnreadableFile` before any of them if it cannot be read.

    Codes: those of `read_delimited`, and `columns_missing` for a mapping without any. Numbers are
    those of lines. Counts, warnings and the encoding found are final after the last row.
    `received_at` (aware) is when rows without an own time were said. `who`: as in `Whose`.
    """
    columns = mapping.places()
    if columns is None:
        raise UnreadableFile("columns_missing")
    layout = Layout(
        mapping.encoding, mapping.delimiter, mapping.quote, mapping.header, mapping.skip
    )
    table = read_delimited(stream, columns=columns, layout=layout)
    detected = {"encoding": table.encoding, "delimiter": table.delimiter}
    found = FileRows(0, 0, 0, iter(()), detected=detected)
    found.become(_rows(table, _Reader(mapping, source or "csv", received_at, who), found))
    return found


def _rows(table: Table, reader: "_Reader", found: FileRows) -> Iterator[Row]:
    for number, cells in table:
        found.rows_total += 1
        said = [cells] if isinstance(cells, str) else reader.read(cells)
        if said is None:
            found.rows_ignored += 1
        elif isinstance(said, list):
            yield Row(number, None, row_errors(said))
        else:
            yield Row(number, said)
    found.detected["encoding"] = table.encoding
    if reader.codes_passed_over:
        found.warnings = ("company_codes_ignored",)
    elif not found.rows_total:
        found.warnings = ("no_rows",)


class _Reader:
    """Turns cells into events by one mapping. What is wrong with a row is added to `wrong`."""

    def __init__(
        self, mapping: Mapping, source: str, received_at: datetime, who: Who | None
    ) -> None:
        self.codes_passed_over = False
        self._mapping = mapping
        self._hours_per_day = Decimal(str(mapping.hours_per_day or 24))
        self._kinds: dict[str, Kind] = {normal_code(c): kind for c, kind in mapping.codes.items()}
        self._types: dict[str, EventType] = {**{name: name for name in _TYPES}, **mapping.types}
        self._source = source
        self._received_at = received_at
        self._whose = Whose(who, received_at.astimezone(_STOCKHOLM).date())

    def read(self, cells: Cells) -> dict[str, object] | list[str] | None:
        """A row's event in its wire form, or the codes of all that is wrong with it; None for a
        row of no hours, or with a code that stands for nothing."""
        if max(map(len, cells.values())) > rows.MAX_CELL:
            return ["cell_too_long"]
        if not cells.get("extent") and self._number(cells.get("hours", "")) == 0:
            return None
        kind = self._kinds.get(normal_code(cells["code"])) if "code" in cells else DEFAULT_KIND
        if kind is None:
            self.codes_passed_over = self.codes_passed_over or bool(cells["code"])
            return None if cells["code"] else ["code_missing"]
        wrong: list[str] = []
        employee = self._employee(cells, wrong)
        event_type = self._type(cells, wrong)
        first, last = self._days(cells, wrong)
        named: dict[str, Any] = {
            "first_day": first,
            "last_day": last,
            "extent": self._extent(cells, wrong),
            "kind": kind if "code" in cells else None,
        }
        said = _said(event_type, {k: v for k, v in named.items() if v is not None})
        occurred_at = self._occurred_at(cells, wrong)
        if not (cells.get("absence") or first) or _lacks_a_day(event_type, said):
            wrong.extend([] if "date_invalid" in wrong else ["date_missing"])
        if wrong or event_type is None:
            return wrong
        absence = cells.get("absence") or (first and absence_name(employee, first))
        content = {
            "source": self._source,
            "type": event_type,
            "occurred_at": occurred_at.isoformat(),
            "employee": employee,
            "absence": absence,
        }
        # Without its own time a row says something else in each file: its id would contradict.
        given = cells.get("id", "") if cells.get("occurred_at") else ""
        return _with_id(content, said, given)

    def _employee(self, cells: Cells, wrong: list[str]) -> str:
        numbers = cells.get("employee", ""), cells.get("personal_number", "")
        employee, code = self._whose.find(*numbers)
        wrong.extend(filter(None, [code]))
        return employee

    def _type(self, cells: Cells, wrong: list[str]) -> EventType | None:
        found = self._types.get(cells.get("type") or _REPORTED)
        if found is None:
            wrong.append("type_unknown")
        return found

    def _days(self, cells: Cells, wrong: list[str]) -> tuple[date | None, date | None]:
        """First and last day; no last one: it goes on, or is not said."""
        if "day" in cells:
            day = self._day(cells["day"], wrong)
            return day, day
        first = self._day(cells["first_day"], wrong)
        last = self._day(cells.get("last_day", ""), wrong)
        if last == date.max:
            last = None  # so programs without empty dates write that it goes on
        if first and last and last < first:
            wrong.append("range_reversed")
        return first, last

    def _day(self, text: str, wrong: list[str]) -> date | None:
        day = read_formatted_day(text, self._mapping.date_format)
        if text and day is None and "date_invalid" not in wrong:
            wrong.append("date_invalid")
        return day

    def _extent(self, cells: Cells, wrong: list[str]) -> int | None:
        """Whole percent; hours are asked where there is no extent."""
        if text := cells.get("extent"):
            unit = 100 if self._mapping.extent_unit == "fraction" else 1
            share = self._number(text.rstrip("% \u00a0"))
            extent = None if share is None else rows.whole_percent(share * unit)
            wrong.extend([] if extent else ["extent_out_of_range"])
            return extent
        if text := cells.get("hours"):
            hours = self._number(text)
            if hours is not None and hours >= 0:
                return rows.share_of_day(hours, self._hours_per_day)
            wrong.append("hours_invalid")
        return None

    def _number(self, text: str) -> Decimal | None:
        sign = self._mapping.decimal
        if sign == "," and "." in text:
            return None
        return rows.read_number(text if sign == "." else text.replace(",", "."))

    def _occurred_at(self, cells: Cells, wrong: list[str]) -> datetime:
        text = cells.get("occurred_at")
        if not text:
            return self._received_at
        moment = read_formatted_instant(text, self._mapping.date_format)
        if moment is None:
            wrong.append("time_invalid")
        return moment or self._received_at


def _said(event_type: EventType | None, named: dict[str, Any]) -> dict[str, Any]:
    """What an event of the type says, of all that the row names."""
    if event_type == _REPORTED:
        return {"extent": DEFAULT_EXTENT, "kind": DEFAULT_KIND, **named}
    if event_type == "absence.ended":
        return {name: value for name, value in named.items() if name == "last_day"}
    return named if event_type == "absence.changed" else {}


def _lacks_a_day(event_type: EventType | None, said: dict[str, Any]) -> bool:
    if event_type == "absence.ended":
        return "last_day" not in said
    return event_type == _REPORTED and "first_day" not in said


def _with_id(content: dict[str, Any], said: dict[str, Any], given: str) -> dict[str, object]:
    """The event with the row's own id, or one by which the weightier of two statements holds."""
    days = {name: value.isoformat() for name, value in said.items() if isinstance(value, date)}
    event: dict[str, object] = content | said | days
    length = _LONGEST
    if "last_day" in said and "first_day" in said:
        length = min(length, (said["last_day"] - said["first_day"]).days)
    weight = f"{_TYPES.index(content['type'])}{length:05}{said.get('extent', 0):03}"
    weight += str(int(said.get("kind") == DEFAULT_KIND))
    return event | {"id": given or f"{weight}-{content_id(event)}"}
