"""One event from the bytes of a line, strictly and quickly.

Most lines of most files are plain: they go a quick way, on which every byte is accounted for, so
that the answer cannot differ. All others go the slow way: the strict parser and the model of the
wire, whose answer is the one that holds.
"""

import re
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

from msgspec import UNSET, DecodeError, Struct, UnsetType, ValidationError
from msgspec.json import Decoder
from pydantic import ValidationError as InvalidEvent

from app.core.strict_json import MalformedJson, parse_json
from app.core.wire import FIRST_DAY, LAST_DAY
from app.intake.event import DEFAULT_EXTENT, DEFAULT_KIND, Event, EventType, Kind
from app.intake.schemas import EVENT, implausible
from app.privacy.redact import field_errors

_KEY = re.compile(r"[^\x00-\x1f\x7f]{1,200}").fullmatch
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII).fullmatch
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII
).fullmatch
_WHOLE_EXTENT = re.compile(rb'"extent"[ \t]*:[ \t]*\d{1,3}[ \t]*[,}]').search
_QUOTES_OF_ALL = 24
"""Six fields that every event has, each a name and a text between quotes."""


class _Said(Struct, tag_field="type", forbid_unknown_fields=True):
    id: str
    source: str
    occurred_at: str
    employee: str
    absence: str


class _Reported(_Said, tag="absence.reported"):
    first_day: str
    last_day: str | UnsetType | None = UNSET
    extent: int | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET


class _Ended(_Said, tag="absence.ended"):
    last_day: str | UnsetType = UNSET
    well_from: str | UnsetType = UNSET


class _Cancelled(_Said, tag="absence.cancelled"):
    pass


_Plain = _Reported | _Ended | _Cancelled
_decode = Decoder(_Plain).decode


class _Unusual(Exception):
    """Not plain: the slow way knows what it is."""


def read_line(line: bytes, now: datetime) -> Event | list[str]:
    """The event that a line of JSON holds, or the codes of what is wrong with it."""
    return plain_event(line, now) or read_strictly(line, now)


def plain_event(line: bytes, now: datetime) -> Event | None:
    """The event of a plain line; None where the slow way has to say what it is."""
    try:
        event = _plain(line)
    except (_Unusual, DecodeError, ValidationError, ValueError, OverflowError):
        return None
    return None if implausible(event, now) else event


def read_strictly(line: bytes, now: datetime) -> Event | list[str]:
    """The same, the slow way."""
    try:
        event = EVENT.validate_python(parse_json(line)).event()
    except MalformedJson as error:
        return [error.code]
    except InvalidEvent as error:
        return [found.code for found in field_errors(error.errors())]
    return [found.code for found in implausible(event, now)] or event


def _plain(line: bytes) -> Event:
    """The event of a plain line. Raises _Unusual, or what the conversions raise.

    Without a backslash a quote is the end of a text, and as many quotes as the fields found have
    leave none for a field that is there twice.
    """
    if b"\\" in line:
        raise _Unusual
    if not line.isascii():
        line.decode("utf-8")
    found = _decode(line)
    said, more_quotes = _SAID[type(found)](found, line)
    if line.count(b'"') != _QUOTES_OF_ALL + more_quotes:
        raise _Unusual
    if not (_KEY(found.id) and _KEY(found.source) and _KEY(found.employee) and _KEY(found.absence)):
        raise _Unusual
    return Event(
        found.source,
        found.id,
        _TYPES[type(found)],
        _instant(found.occurred_at),
        found.employee,
        found.absence,
        said,
    )


def _reported(found: _Reported, line: bytes) -> tuple[dict[str, Any], int]:
    quotes = 4
    last_day = extent = kind = None
    if found.last_day is not UNSET:
        quotes += 2
        if found.last_day is not None:
            quotes += 2
            last_day = _day(found.last_day)
    if found.extent is not UNSET:
        quotes += 2
        extent = found.extent
        # 1.0 and 1e2 are whole numbers to some, and none to the contract.
        if not 1 <= extent <= 100 or not _WHOLE_EXTENT(line):
            raise _Unusual
    if found.kind is not UNSET:
        quotes += 4
        kind = found.kind
    said = {
        "last_day": last_day,
        "extent": extent or DEFAULT_EXTENT,
        "kind": kind or DEFAULT_KIND,
        "first_day": _day(found.first_day),
    }
    return said, quotes


def _ended(found: _Ended, _: bytes) -> tuple[dict[str, Any], int]:
    if found.well_from is UNSET and found.last_day is not UNSET:
        return {"last_day": _day(found.last_day)}, 4
    if found.last_day is UNSET and found.well_from is not UNSET:
        return {"well_from": _day(found.well_from)}, 4
    raise _Unusual


def _cancelled(_: _Cancelled, __: bytes) -> tuple[dict[str, Any], int]:
    return {}, 0


_SAID: dict[type[_Said], Any] = {_Reported: _reported, _Ended: _ended, _Cancelled: _cancelled}
_TYPES: dict[type[_Said], EventType] = {
    _Reported: "absence.reported",
    _Ended: "absence.ended",
    _Cancelled: "absence.cancelled",
}


@lru_cache(maxsize=65536)
def _day(text: str) -> date:
    if not _DAY(text):
        raise _Unusual
    day = date.fromisoformat(text)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise _Unusual
    return day


def _instant(text: str) -> datetime:
    if not _INSTANT(text):
        raise _Unusual
    return datetime.fromisoformat(text).astimezone(UTC)
