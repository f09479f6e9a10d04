"""Reads the sickness rows of a PAXml 2.x file (formats.md 1) as `absence.reported` events.

It refuses a DOCTYPE, entities, deep nesting and big files; it builds no tree, resolves no personal
identity number, and keeps nothing of rows that are not about sickness.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import BinaryIO
from zoneinfo import ZoneInfo

from lxml import etree

from app.intake.rows import Findings, Row, RowError, Statement, UnreadableFile

MAX_BYTES = 256 * 1024 * 1024
MAX_DEPTH = 16
MAX_VALUE = 64

SICKNESS_CODES = frozenset({"SJK", "SJK_KAR", "SJK_LÖN", "SJK_ERS", "SJK_PEN"})
DETAILS = {
    "code_missing": "The row has no tidkod.",
    "field_repeated": "The row gives one field more than once.",
    "employee_missing": "The row has neither anstid nor persnr.",
    "employment_number_missing": "The row has a persnr but no anstid.",
    "employment_number_too_long": f"The anstid is longer than {MAX_VALUE} characters.",
    "date_missing": "The row needs datum, datumfrom and datumtom, or starttid and sluttid.",
    "date_invalid": "A date or time of the row cannot be read.",
    "dates_contradict": "datum says another day than datumfrom and datumtom.",
    "range_reversed": "The last day or time is before the first.",
    "hours_with_range": "timmar needs a single datum, not datumfrom and datumtom.",
    "hours_and_extent": "timmar and omfattning exclude each other.",
    "hours_invalid": "timmar is not a number from 0.",
    "extent_out_of_range": "omfattning is not a number above 0, at most 100.",
}
_ERRORS = {code: RowError(code, detail) for code, detail in DETAILS.items()}

_CHUNK = 64 * 1024
_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_TAG = re.compile(r"(?:\{([^}]*)\})?(.*)", re.DOTALL)
_NAMESPACE = re.compile(r"https?://(?:www\.)?paxml\.se/([0-9.]+).*", re.DOTALL)
_VERSION_2 = re.compile(r"2(?![0-9]).*", re.DOTALL)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")
_OFFSET = r"(?:Z|[+-][0-9]{2}:[0-9]{2})?"
_DATE = re.compile(rf"([0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}){_OFFSET}")
# The part in brackets is Java's zone text; xs:dateTime does not know it.
_INSTANT = re.compile(rf"([0-9-]{{10}}T)([0-9:]{{8}})((?:\.[0-9]+)?{_OFFSET})(?:\[[^\]]*\])?")

_HEADER = ["paxml", "header"]
_ROW = ["paxml", "tidtransaktioner", "tidtrans"]
_HEADER_FIELDS = frozenset({"version", "datum", "foretagid", "foretagorgnr"})
_TIME_FIELDS = frozenset({"datum", "datumfrom", "datumtom", "starttid", "sluttid"})
_ROW_FIELDS = _TIME_FIELDS | {"tidkod", "timmar", "omfattning"}


@dataclass(slots=True)
class PaxmlRows(Iterator[Row]):
    """The rows of one file in order, and how many of each sort there were.

    `rows_total` counts every time transaction, `rows_ignored` those that are not sickness,
    `rows_merged` those absorbed by an earlier row about the same employee and first day.
    """

    rows_total: int
    rows_ignored: int
    rows_merged: int
    _rows: Iterator[Row]

    def __next__(self) -> Row:
        return next(self._rows)


def read_paxml(stream: BinaryIO, *, source: str | None, received_at: datetime) -> PaxmlRows:
    """Read a whole file; raise `UnreadableFile` before any row if it cannot be read.

    Codes: `not_xml`, `dtd_forbidden`, `too_deep`, `too_large`, `not_paxml`, `unsupported_version`.
    A row's number is its place among all time transactions; rows about one employee with the same
    first day become one event under the first one's number (`Findings`). Extent is `omfattning`,
    else 100: hours are not turned into percent yet. `received_at` (aware) stands in for a creation
    time that the header does not give.
    """
    collector = _Collector()
    _feed(stream, collector)
    header = collector.header
    if not _VERSION_2.fullmatch(header.get("version", "2")):
        raise UnreadableFile("unsupported_version")
    company = header.get("foretagorgnr") or header.get("foretagid") or "unknown"
    rows = collector.findings.rows(
        source=source or f"paxml:{company}",
        occurred_at=(_created(header.get("datum", "")) or received_at).isoformat(),
    )
    return PaxmlRows(collector.total, collector.ignored, collector.findings.merged, rows)


def _feed(stream: BinaryIO, collector: "_Collector") -> None:
    """Push the stream through the parser; a target instead of a tree keeps memory bounded."""
    parser = etree.XMLParser(
        target=collector, resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False
    )
    size = 0
    try:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > MAX_BYTES:
                raise UnreadableFile("too_large")
            parser.feed(chunk)
        parser.close()
    except etree.LxmlError:
        # The parser's message may quote the file, so it is not passed on, nor kept as the cause.
        raise UnreadableFile("not_xml") from None


class _Collector:
    """What the parser calls. Sections may stand in any order, so the header is read in passing."""

    def __init__(self) -> None:
        self.header: dict[str, str] = {}
        self.findings = Findings()
        self.total = 0
        self.ignored = 0
        self._path: list[str] = []
        self._row: dict[str, str] = {}
        self._text: str | None = None

    def doctype(self, *_: object) -> None:
        raise UnreadableFile("dtd_forbidden")

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if not self._path:
            _check_root(tag)
        self._path.append(_local_name(tag))
        if len(self._path) > MAX_DEPTH:
            raise UnreadableFile("too_deep")
        if self._path == _ROW:
            self._row = {name: attributes.get(name, "").strip() for name in ("anstid", "persnr")}
        self._text = "" if self._fields() is not None else None

    def data(self, text: str) -> None:
        # One character above the limit is kept, so that what is cut cannot pass for a value.
        if self._text is not None and len(self._text) <= MAX_VALUE:
            self._text += text[: MAX_VALUE + 1]

    def end(self, _: str) -> None:
        fields = self._fields()
        if fields is not None and self._text is not None and (value := self._text.strip()):
            name = self._path[-1]
            fields["repeated" if name in fields else name] = value
        self._text = None
        if self._path == _ROW:
            self._take_row()
        self._path.pop()

    def close(self) -> None:
        """The parser's last call; everything has been collected by then."""

    def _fields(self) -> dict[str, str] | None:
        """Where the value of the innermost element belongs, if anywhere."""
        *parents, name = self._path
        if parents == _ROW and name in _ROW_FIELDS:
            return self._row
        return self.header if parents == _HEADER and name in _HEADER_FIELDS else None

    def _take_row(self) -> None:
        self.total += 1
        code = self._row.get("tidkod", "")
        if not code:
            self.findings.fail(self.total, (_ERRORS["code_missing"],))
        elif unicodedata.normalize("NFC", code) not in SICKNESS_CODES:
            self.ignored += 1
        else:
            self._take_sickness()

    def _take_sickness(self) -> None:
        codes = [code for check in _CHECKS for code in check(self._row)]
        if codes:
            self.findings.fail(self.total, tuple(_ERRORS[code] for code in codes))
        else:
            first, last = _days(self._row)
            said = Statement(self._row["anstid"], first, last, _extent(self._row))
            self.findings.add(self.total, said)


def _check_root(tag: str) -> None:
    namespace, name = _split(tag)
    match = _NAMESPACE.fullmatch(namespace)
    if name != "paxml" or (namespace and not match):
        raise UnreadableFile("not_paxml")
    if match and not _VERSION_2.fullmatch(match[1]):
        raise UnreadableFile("unsupported_version")


def _split(tag: str) -> tuple[str, str]:
    namespace, _, name = tag.rpartition("}")
    return namespace.removeprefix("{"), name


@lru_cache(maxsize=256)
def _local_name(tag: str) -> str:
    """The name without its namespace; empty, hence never looked at, in a foreign namespace."""
    namespace, name = _split(tag)
    return name if not namespace or _NAMESPACE.fullmatch(namespace) else ""


def _company(header: Mapping[str, str]) -> str:
    given = (header.get(name, _CUT) for name in ("foretagorgnr", "foretagid"))
    return next((value for value in given if value != _CUT), "unknown")


def _created(header: Mapping[str, str]) -> datetime | None:
    """When the file was made; None also for the default dates of programs (year 1, 1970)."""
    moment = _instant(header.get("datum", ""))
    return moment if moment and moment.year >= 2000 else None


def _row_errors(row: Mapping[str, str]) -> Iterator[str]:
    if "repeated" in row:
        yield "field_repeated"
    if not row["anstid"]:
        yield "employment_number_missing" if row["persnr"] else "employee_missing"
    if len(row["anstid"]) > MAX_VALUE:
        yield "employment_number_too_long"


def _day_errors(row: Mapping[str, str]) -> Iterator[str]:
    try:
        _days(row)
    except _BadDays as bad:
        yield str(bad)


def _amount_errors(row: Mapping[str, str]) -> Iterator[str]:
    hours, extent = row.get("timmar"), row.get("omfattning")
    if hours and ("datumfrom" in row or "datumtom" in row):
        yield "hours_with_range"
    if hours and extent:
        yield "hours_and_extent"
    if hours and not (_NUMBER.fullmatch(hours) and Decimal(hours) >= 0):
        yield "hours_invalid"
    if extent and not (_NUMBER.fullmatch(extent) and 0 < Decimal(extent) <= 100):
        yield "extent_out_of_range"


_CHECKS = (_row_errors, _day_errors, _amount_errors)


def _extent(row: Mapping[str, str]) -> int:
    return max(1, int(Decimal(row.get("omfattning", "100")).quantize(1, ROUND_HALF_UP)))


def _days(row: Mapping[str, str]) -> tuple[date, date]:
    """First and last day. `datum` wins over times: a night shift belongs to the day it is said of."""
    if "datumfrom" in row or "datumtom" in row:
        first, last = _day(row.get("datumfrom")), _day(row.get("datumtom"))
        if "datum" in row and not first == last == _day(row["datum"]):
            raise _BadDays("dates_contradict")
    elif "datum" in row:
        first = last = _day(row["datum"])
    else:
        first, last = _covered(row.get("starttid"), row.get("sluttid"))
    if last < first:
        raise _BadDays("range_reversed")
    return first, last


@lru_cache(maxsize=1024)
def _day(text: str | None) -> date:
    """An xs:date; its time zone, if it has one, does not move the day it names."""
    if text is None:
        raise _BadDays("date_missing")
    match = _DATE.fullmatch(text)
    try:
        return date.fromisoformat(match[1] if match else "")
    except ValueError:
        raise _BadDays("date_invalid") from None


def _covered(start_text: str | None, end_text: str | None) -> tuple[date, date]:
    """The local days of a span of time; one that ends at midnight does not touch the new day."""
    if start_text is None or end_text is None:
        raise _BadDays("date_missing")
    start, end = _instant(start_text), _instant(end_text)
    if start is None or end is None:
        raise _BadDays("date_invalid")
    # As instants: local clock readings alone go backwards when summer time ends.
    length = end.timestamp() - start.timestamp()
    if length < 0:
        raise _BadDays("range_reversed")
    last = end - timedelta(microseconds=1) if length else end
    return start.date(), max(start, last).date()


def _instant(text: str) -> datetime | None:
    """An xs:dateTime in Stockholm's time, which is also what one without an offset means."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    day, clock, rest = match.groups()
    # xs:dateTime may call the end of a day 24:00:00; Python may not.
    late = clock == "24:00:00"
    try:
        moment = datetime.fromisoformat(f"{day}T{'00:00:00' if late else clock}{rest}")
        local = moment if moment.tzinfo else moment.replace(tzinfo=_STOCKHOLM)
        return local.astimezone(_STOCKHOLM) + timedelta(days=late)
    except (ValueError, OverflowError):
        return None
