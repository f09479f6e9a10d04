"""Reads the absence rows of a PAXml 2.x file (formats.md 1) as `absence.reported` events.

It refuses a DOCTYPE, entities, deep nesting and big files; it builds no tree, and keeps nothing of
rows that are not about ill health, of names, of reasons and of children.
"""

import re
from collections.abc import Collection, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import BinaryIO
from zoneinfo import ZoneInfo

from lxml import etree

from app.intake import paxml_rows, rows
from app.intake.codes import AGREED, STANDARD, kind_of, normal_code
from app.intake.event import Kind
from app.intake.paxml_rows import OVERLONG
from app.intake.rows import FileRows, UnreadableFile
from app.intake.schedule import Schedules
from app.intake.statements import Findings, Statement, schedule_names
from app.intake.whose import Who, Whose

MAX_BYTES = 256 * 1024 * 1024
MAX_DEPTH = 16
# libxml2 keeps names as long as its thread lives, holds a tag or comment whole, and of undeclared
# prefixes (names too) only complains, in a log that ends at 100.
MAX_NAMES = 1000
MAX_TOKEN_BYTES = 1024 * 1024
MAX_COMPLAINTS = 50
MAX_CODES = 1000

_MAX_VALUE = 128
_STOCKHOLM = ZoneInfo("Europe/Stockholm")
_ONE_DAY = timedelta(days=1)
_TAG = re.compile(r"(?:\{https?://(?:www\.)?paxml\.se/(?P<version>[0-9.]+).*\})?(?P<name>[^{}]+)")
_VERSION_2 = re.compile(r"2(?![0-9]).*", re.DOTALL)

_HEADER = "paxml/header"
_REEXPORT = "paxml/header/nyexport"
_OWN_CODE = "paxml/koder/kod"
_ROW = "paxml/tidtransaktioner/tidtrans"
_SCHEDULE = "paxml/schematransaktioner/schema"
_SCHEDULED = "paxml/schematransaktioner/schema/dag"
_HEADER_FIELDS = frozenset({"version", "datum", "foretagid", "foretagorgnr"})
_ROW_FIELDS = frozenset(
    ["tidkod", "datum", "datumfrom", "datumtom", "starttid", "sluttid", "timmar", "omfattning"]
)


def read_paxml(
    stream: BinaryIO,
    *,
    source: str | None,
    received_at: datetime,
    codes: Mapping[str, Kind] | None = None,
    who: Who | None = None,
    holidays: Collection[int] = frozenset(),
) -> FileRows:
    """Read a whole file; raise `UnreadableFile` before any row if it cannot be read.

    A row's number is its place among all time transactions; rows about one employee with the same
    first day become one event under the first one's number (`Findings`). Extent is `omfattning`,
    else hours by the file's own schedule, else 100. `received_at` (aware) stands in for `datum`.
    A `datum` at midnight is that day alone.
    `codes`: the company's own time codes; `who`: as in `Whose`; `holidays`: day ordinals that the
    evaluation takes for days off besides weekends, so that no schedule has to say so.
    Codes: `not_xml`, `dtd_forbidden`, `too_deep`, `too_large`, `not_paxml`, `unsupported_version`.
    """
    own = {normal_code(code): kind for code, kind in (codes or {}).items()}
    whose = Whose(who, received_at.astimezone(_STOCKHOLM).date())
    collector = _Collector(own, whose, Schedules(holidays))
    _feed(stream, collector)
    header = collector.header
    if not _VERSION_2.fullmatch(header.get("version", "2")):
        raise UnreadableFile("unsupported_version")
    created = _created(header, received_at)
    if created and created > received_at + _ONE_DAY:
        # Clocks go wrong; such an event would outrank every later correction, so it is no event.
        collector.warnings.add("created_in_future")
        created = None
    named, said_at = source or f"paxml:{_company(header)}", created or received_at
    found = collector.findings.rows(
        source=named, occurred_at=said_at, schedules=collector.schedules
    )
    return FileRows(
        collector.total,
        collector.ignored + collector.findings.ignored,
        collector.findings.merged,
        found,
        source=named,
        occurred_at=said_at,
        replaces=collector.replaces,
        warnings=tuple(sorted(collector.all_warnings())),
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

    def __init__(self, own: Mapping[str, Kind], whose: Whose, schedules: Schedules) -> None:
        self.header: dict[str, str] = {}
        self.findings = Findings()
        self.schedules = schedules
        self.replaces: tuple[date, date] | None = None
        self.warnings: set[str] = set()
        self.total = self.ignored = 0
        self.silent = True
        self._own = own
        self._whose = whose
        self._names: set[str | None] = set()
        self._path: list[str] = []
        self._where = ""
        self._row: dict[str, str] = {}
        self._text: str | None = None
        self._scheduled: dict[date, Decimal | None] = {}
        self._defined: set[str] = set()
        self._passed_over: set[str] = set()

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
        self._where = "/".join(self._path)
        self._take_attributes(attributes)
        self._text = "" if self._fields() is not None else None

    def data(self, text: str) -> None:
        self.silent = False
        if self._text is not None:
            fits = len(self._text) + len(text) <= _MAX_VALUE and self._text != OVERLONG
            self._text = self._text + text if fits else OVERLONG

    def end(self, _: str) -> None:
        fields = self._fields()
        if fields is not None and self._text is not None and (value := self._text.strip()):
            name = self._path[-1]
            fields["repeated" if name in fields else name] = value
        self._text = None
        if self._where == _ROW:
            self._take_row()
        elif self._where == _SCHEDULE:
            self._take_schedule()
        self._path.pop()
        self._where = "/".join(self._path)

    def pi(self, target: str, _: str | None = None) -> None:
        self._note(target)

    def close(self) -> None:
        """The parser's last call; everything has been collected by then."""

    def all_warnings(self) -> set[str]:
        """What the whole file lacks, once all of it has been read and its rows settled."""
        found = set(self.warnings)
        if self.findings.hours_unweighed:
            found.add("hours_without_schedule")
        agreed = self._passed_over & (self._defined | AGREED)
        if agreed:
            found.add("company_codes_ignored")
        if self._passed_over - agreed:
            found.add("unknown_codes_ignored")
        if not self.total:
            found.add("no_rows")
        return found

    def _note(self, *names: str | None) -> None:
        self.silent = False
        self._names.update(names)
        if len(self._names) > MAX_NAMES:
            raise UnreadableFile("too_large")

    def _fields(self) -> dict[str, str] | None:
        """Where the value of the innermost element belongs, if anywhere."""
        parent, _, name = self._where.rpartition("/")
        if parent == _ROW and name in _ROW_FIELDS:
            return self._row
        return self.header if parent == _HEADER and name in _HEADER_FIELDS else None

    def _take_attributes(self, given: Mapping[str, str]) -> None:
        if self._where == _ROW or self._where == _SCHEDULE:
            self._row = {name: _attribute(given, name) for name in ("anstid", "persnr")}
            self._scheduled = {}
        elif self._where == _SCHEDULED:
            self._take_scheduled(given)
        elif self._where == _OWN_CODE and len(self._defined) < MAX_CODES:
            self._defined.add(normal_code(_attribute(given, "id")))
        elif self._where == _REEXPORT:
            self._take_reexport(given)

    def _take_reexport(self, given: Mapping[str, str]) -> None:
        first = rows.read_day(_attribute(given, "datumfrom"))
        last = rows.read_day(_attribute(given, "datumtom"))
        if first and last and first <= last:
            self.replaces = (first, last)
        else:
            self.warnings.add("reexport_without_range")

    def _take_scheduled(self, given: Mapping[str, str]) -> None:
        day = rows.read_day(_attribute(given, "datum"))
        hours = rows.read_number(said) if (said := _attribute(given, "timmar")) else None
        if day is None or (said and (hours is None or hours < 0)):
            self.warnings.add("schedule_unreadable")
        elif hours is None or self._scheduled.get(day, 0) is None:
            # Only when, not how long: a working day.
            self._scheduled[day] = None
        else:
            # Two shifts on one day.
            self._scheduled[day] = hours + (self._scheduled.get(day) or 0)

    def _take_schedule(self) -> None:
        names = schedule_names(self._row["anstid"], self._row["persnr"])
        if not names:
            self.warnings.add("schedule_unreadable")
        else:
            self.schedules.add(names[0], self._scheduled)

    def _take_row(self) -> None:
        self.total += 1
        code = normal_code(self._row.get("tidkod", ""))
        kind = kind_of(code, self._own)
        if not code:
            self.findings.fail(self.total, ["code_missing"])
        elif kind is None:
            self.ignored += 1
            if code not in STANDARD and len(self._passed_over) < MAX_CODES:
                self._passed_over.add(code)
        else:
            self._take_absence(kind)

    def _take_absence(self, kind: Kind) -> None:
        row = self._row
        employee, whose = self._whose.find(row["anstid"], row["persnr"])
        if wrong := paxml_rows.errors(row, whose):
            self.findings.fail(self.total, wrong)
            return
        extent, hours = paxml_rows.extent_and_hours(row)
        said = Statement(employee, kind, *paxml_rows.days(row), extent)
        self.findings.add(self.total, said, hours=hours, person=row["persnr"])


def _attribute(given: Mapping[str, str], name: str) -> str:
    """The value, cut off where it is longer than any that means something."""
    return given.get(name, "").strip()[:_MAX_VALUE]


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
    given = (header.get(name, OVERLONG) for name in ("foretagorgnr", "foretagid"))
    usable = (value for value in given if value != OVERLONG and not _is_personal(value))
    return next(usable, "unknown")


def _is_personal(number: str) -> bool:
    """Whether it is a sole trader's number, which is the owner's own (personnummer).

    The third of the ten digits of any other organisation number is 2 or more (Skatteverket, SKV
    709); in a personal number it begins the month.
    """
    digits = re.sub(r"\D", "", number)
    return len(digits) >= 10 and digits[-8] < "2"


def _created(header: Mapping[str, str], received_at: datetime) -> datetime | None:
    """When the file was made; None also for the default dates of programs (year 1, 1970).

    Programs that know the day alone write its midnight. Several files of one day would then be
    said at one time, and it were chance which of them holds.
    """
    moment = rows.read_instant(header.get("datum", ""))
    if moment is None or moment.year < 2000:
        return None
    if moment.time() == time() and moment < received_at:
        return min(moment + _ONE_DAY, received_at.astimezone(_STOCKHOLM))
    return moment
