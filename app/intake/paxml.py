"""Reads the sickness rows of a PAXml 2.x file (formats.md 1) as `absence.reported` events.

It refuses a DOCTYPE, entities, deep nesting and big files; it builds no tree, resolves no personal
identity number, and keeps nothing of rows that are not about sickness.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import BinaryIO, TypeVar

from lxml import etree

from app.intake import rows
from app.intake.rows import FileRows, UnreadableFile

MAX_BYTES = 256 * 1024 * 1024
MAX_DEPTH = 16
# libxml2 keeps names as long as its thread lives, holds a tag or comment whole, and of undeclared
# prefixes (names too) only complains, in a log that ends at 100.
MAX_NAMES = 1000
MAX_TOKEN_BYTES = 1024 * 1024
MAX_COMPLAINTS = 50

SICKNESS_CODES = frozenset({"SJK", "SJK_KAR", "SJK_LÖN", "SJK_ERS", "SJK_PEN"})

_MAX_VALUE = 128
# Stands for a value longer than any that means something; no XML text can hold it.
_OVERLONG = "\0"
_TAG = re.compile(r"(?:\{https?://(?:www\.)?paxml\.se/(?P<version>[0-9.]+).*\})?(?P<name>[^{}]+)")
_VERSION_2 = re.compile(r"2(?![0-9]).*", re.DOTALL)
_T = TypeVar("_T")

_HEADER = ["paxml", "header"]
_AGAIN = [*_HEADER, "nyexport"]
_ROW = ["paxml", "tidtransaktioner", "tidtrans"]
_HEADER_FIELDS = frozenset({"version", "datum", "foretagid", "foretagorgnr"})
_ROW_FIELDS = frozenset(
    ["tidkod", "datum", "datumfrom", "datumtom", "starttid", "sluttid", "timmar", "omfattning"]
)


class _BadDays(Exception):
    """A row's days cannot be told; the only argument is the code."""


def read_paxml(stream: BinaryIO, *, source: str | None, received_at: datetime) -> FileRows:
    """Read a whole file; raise `UnreadableFile` before any row if it cannot be read.

    Codes: `not_xml`, `dtd_forbidden`, `too_deep`, `too_large`, `not_paxml`, `unsupported_version`.
    A row's number is its place among all time transactions; rows about one employee with the same
    first day become one event under the first one's number (`Findings`). Extent is `omfattning`,
    else 100: hours are not turned into percent yet. `received_at` (aware) stands in for `datum`.
    """
    collector = _Collector()
    _feed(stream, collector)
    header = collector.header
    if not _VERSION_2.fullmatch(header.get("version", "2")):
        raise UnreadableFile("unsupported_version")
    named = source or f"paxml:{_company(header)}"
    said_at = _created(header) or received_at
    found = collector.findings.rows(source=named, occurred_at=said_at)
    return FileRows(
        collector.total,
        collector.ignored,
        collector.findings.merged,
        found,
        source=named,
        occurred_at=said_at,
        replaces=collector.replaces,
    )


def _feed(stream: BinaryIO, collector: "_Collector") -> None:
    """Push the stream through the parser; a target instead of a tree keeps memory bounded."""
    # The stubs ask for callbacks that lxml makes optional (comment, pi).
    parser = etree.XMLParser(  # type: ignore[call-overload]
        target=collector, resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False
    )
    size = heard = 0
    try:
        while chunk := stream.read(64 * 1024):
            size += len(chunk)
            if size > MAX_BYTES or size - heard > MAX_TOKEN_BYTES:
                raise UnreadableFile("too_large")
            collector.silent = True
            parser.feed(chunk)
            heard = heard if collector.silent else size
            if len(parser.feed_error_log) > MAX_COMPLAINTS:
                raise UnreadableFile("not_xml")
        parser.close()
    except etree.LxmlError:
        # The parser's message may quote the file, so it is not passed on, nor kept as the cause.
        raise UnreadableFile("not_xml") from None


class _Collector:
    """What the parser calls. Sections may stand in any order, so the header is read in passing."""

    def __init__(self) -> None:
        self.header: dict[str, str] = {}
        self.findings = rows.Findings()
        self.replaces: tuple[date, date] | None = None
        self.total = self.ignored = 0
        self.silent = True
        self._names: set[str | None] = set()
        self._path: list[str] = []
        self._row: dict[str, str] = {}
        self._text: str | None = None

    def doctype(self, *_: object) -> None:
        raise UnreadableFile("dtd_forbidden")

    def start(
        self, tag: str, attributes: Mapping[str, str], namespaces: Mapping[str | None, str]
    ) -> None:
        self._note(tag, *attributes, *namespaces, *namespaces.values())
        if not self._path:
            _check_root(tag)
        self._path.append(_local_name(tag))
        if len(self._path) > MAX_DEPTH:
            raise UnreadableFile("too_deep")
        if self._path == _AGAIN:
            self.replaces = _range(attributes)
        if self._path == _ROW:
            self._row = {name: attributes.get(name, "").strip() for name in ("anstid", "persnr")}
        self._text = "" if self._fields() is not None else None

    def data(self, text: str) -> None:
        self.silent = False
        if self._text is not None:
            fits = len(self._text) + len(text) <= _MAX_VALUE and self._text != _OVERLONG
            self._text = self._text + text if fits else _OVERLONG

    def end(self, _: str) -> None:
        fields = self._fields()
        if fields is not None and self._text is not None and (value := self._text.strip()):
            name = self._path[-1]
            fields["repeated" if name in fields else name] = value
        self._text = None
        if self._path == _ROW:
            self._take_row()
        self._path.pop()

    def pi(self, target: str, _: str | None = None) -> None:
        self._note(target)

    def close(self) -> None:
        """The parser's last call; everything has been collected by then."""

    def _note(self, *names: str | None) -> None:
        self.silent = False
        self._names.update(names)
        if len(self._names) > MAX_NAMES:
            raise UnreadableFile("too_large")

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
            self.findings.fail(self.total, ["code_missing"])
        elif unicodedata.normalize("NFC", code) not in SICKNESS_CODES:
            self.ignored += 1
        else:
            self._take_sickness()

    def _take_sickness(self) -> None:
        row = self._row
        codes = [*_who_and_when_errors(row), *_amount_errors(row)]
        extent = rows.read_extent(row.get("omfattning", "100"))
        if codes or extent is None:
            self.findings.fail(self.total, codes)
        else:
            self.findings.add(self.total, rows.Statement(row["anstid"], *_days(row), extent))


def _check_root(tag: str) -> None:
    match = _TAG.fullmatch(tag)
    if not match or match["name"] != "paxml":
        raise UnreadableFile("not_paxml")
    if not _VERSION_2.fullmatch(match["version"] or "2"):
        raise UnreadableFile("unsupported_version")


@lru_cache(maxsize=256)
def _local_name(tag: str) -> str:
    """The name without its namespace; empty, hence never looked at, in a foreign namespace."""
    match = _TAG.fullmatch(tag)
    return match["name"] if match else ""


def _company(header: Mapping[str, str]) -> str:
    given = (header.get(name, _OVERLONG) for name in ("foretagorgnr", "foretagid"))
    return next((value for value in given if value != _OVERLONG), "unknown")


def _range(attributes: Mapping[str, str]) -> tuple[date, date] | None:
    """The days that a re-export replaces; None unless both ends are there and in order."""
    first, last = (rows.read_day(attributes.get(name, "")) for name in ("datumfrom", "datumtom"))
    return (first, last) if first and last and first <= last else None


def _created(header: Mapping[str, str]) -> datetime | None:
    """When the file was made; None also for the default dates of programs (year 1, 1970)."""
    moment = rows.read_instant(header.get("datum", ""))
    return moment if moment and moment.year >= 2000 else None


def _who_and_when_errors(row: Mapping[str, str]) -> Iterator[str]:
    if "repeated" in row:
        yield "field_repeated"
    if not row["anstid"]:
        yield "employment_number_missing" if row["persnr"] else "employee_missing"
    if len(row["anstid"]) > rows.MAX_NUMBER_LENGTH:
        yield "employment_number_too_long"
    try:
        _days(row)
    except _BadDays as bad:
        yield str(bad)


def _amount_errors(row: Mapping[str, str]) -> Iterator[str]:
    if "timmar" in row:
        if "datumfrom" in row or "datumtom" in row:
            yield "hours_with_range"
        if "omfattning" in row:
            yield "hours_and_extent"
        hours = rows.read_number(row["timmar"])
        if hours is None or hours < 0:
            yield "hours_invalid"
    if rows.read_extent(row.get("omfattning", "100")) is None:
        yield "extent_out_of_range"


def _days(row: Mapping[str, str]) -> tuple[date, date]:
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
