"""One event from the bytes of a line, strictly and quickly.

Most lines of most files are plain: they go a quick way, on which every byte is accounted for, so
that the answer cannot differ. All others go the slow way: the strict parser and the model of the
wire, whose answer is the one that holds.
"""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Annotated, Any

from msgspec import UNSET, DecodeError, Meta, Struct, UnsetType, ValidationError
from msgspec.json import Decoder
from pydantic import ValidationError as InvalidEvent

from app.core.strict_json import MalformedJson, parse_json
from app.core.wire import FIRST_DAY, LAST_DAY
from app.intake.event import DEFAULT_EXTENT, DEFAULT_KIND, Event, EventType, Kind
from app.intake.schemas import EVENT, bounds, implausible
from app.privacy.redact import field_errors

_Key = Annotated[str, Meta(min_length=1, max_length=200)]
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII).fullmatch
_INSTANT = re.compile(
    r"\d{4}-\d{2}-\d{2}T(?!24)\d{2}:\d{2}:\d{2}(\.\d{1,6})?(Z|[+-]\d{2}:\d{2})", re.ASCII
).fullmatch
_WHOLE_EXTENT = re.compile(rb'"extent"[ \t]*:[ \t]*\d{1,3}[ \t]*[,}]').search
_QUOTES_OF_ALL = 24
"""Six fields that every event has, each a name and a text between quotes."""
_Day = str | UnsetType


class _Plain(Struct, forbid_unknown_fields=True, gc=False):
    """A line as it stands. The decoder refuses control characters in texts, all but DEL."""

    id: _Key
    source: _Key
    type: EventType
    occurred_at: str
    employee: _Key
    absence: _Key
    first_day: _Day = UNSET
    last_day: _Day | None = UNSET
    well_from: _Day = UNSET
    extent: int | UnsetType = UNSET
    kind: Kind | UnsetType = UNSET


_decode = Decoder(_Plain).decode


class _Unusual(Exception):
    """Not plain: the slow way knows what it is."""


def read_line(line: bytes, now: datetime) -> Event | list[str]:
    """The event that a line of JSON holds, or the codes of what is wrong with it."""
    return plain_event(line, now) or read_strictly(line, now)


def plain_event(line: bytes, now: datetime) -> Event | None:
    """The event of a plain line; None where the slow way has to say what it is.

    Without a backslash a quote is the end of a text, and as many quotes as the fields found have
    leave none for a field that is there twice.
    """
    if b"\\" in line or b"\x7f" in line:
        return None
    try:
        found = _decode(line)
        said, quotes, reach = _said(
            found.type, found.first_day, found.last_day, found.well_from, found.extent, found.kind
        )
        moment = _instant(found.occurred_at)
    except (_Unusual, DecodeError, ValidationError, ValueError, OverflowError):
        return None
    latest, furthest = bounds(now)
    if line.count(b'"') != quotes or moment > latest or reach > furthest:
        return None
    # 1.0 and 1e2 are whole numbers to some, and none to the contract.
    if found.extent is not UNSET and not _WHOLE_EXTENT(line):
        return None
    if not line.isascii() and not _is_utf8(line):
        return None
    return Event(found.source, found.id, found.type, moment, found.employee, found.absence, said)


def read_strictly(line: bytes, now: datetime) -> Event | list[str]:
    """The same, the slow way."""
    try:
        event = EVENT.validate_python(parse_json(line)).event()
    except MalformedJson as error:
        return [error.code]
    except InvalidEvent as error:
        return [found.code for found in field_errors(error.errors())]
    return [found.code for found in implausible(event, now)] or event


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


@lru_cache(maxsize=16384)
def _said(
    kind: EventType,
    first_day: _Day,
    last_day: _Day | None,
    well_from: _Day,
    extent: int | UnsetType,
    of: Kind | UnsetType,
) -> tuple[Mapping[str, Any], int, date]:
    """What is said, the quotes there are then in the line, and the latest day that is named.

    Much the same is said of many. Raises _Unusual where the fields are not those of the type.
    """
    given = (first_day, last_day, well_from, extent, of)
    if kind == "absence.reported" and first_day is not UNSET and well_from is UNSET:
        said, quotes = _reported(first_day, last_day, extent, of)
    elif kind == "absence.ended" and len([one for one in given if one is not UNSET]) == 1:
        said, quotes = _ended(last_day, well_from)
    elif kind == "absence.cancelled" and all(one is UNSET for one in given):
        said, quotes = {}, 0
    else:
        raise _Unusual
    days = [value for value in said.values() if isinstance(value, date)]
    return said, _QUOTES_OF_ALL + quotes, max(days, default=FIRST_DAY)


def _reported(
    first_day: str, last_day: _Day | None, extent: int | UnsetType, kind: Kind | UnsetType
) -> tuple[dict[str, Any], int]:
    if extent is not UNSET and not 1 <= extent <= 100:
        raise _Unusual
    quotes = 4 + 2 * (last_day is not UNSET) + 2 * isinstance(last_day, str)
    quotes += 2 * (extent is not UNSET) + 4 * (kind is not UNSET)
    said = {
        "last_day": _day(last_day) if isinstance(last_day, str) else None,
        "extent": DEFAULT_EXTENT if extent is UNSET else extent,
        "kind": DEFAULT_KIND if kind is UNSET else kind,
        "first_day": _day(first_day),
    }
    return said, quotes


def _ended(last_day: _Day | None, well_from: _Day) -> tuple[dict[str, Any], int]:
    if isinstance(last_day, str):
        return {"last_day": _day(last_day)}, 4
    if isinstance(well_from, str):
        return {"well_from": _day(well_from)}, 4
    raise _Unusual


def _day(text: str) -> date:
    if not _DAY(text):
        raise _Unusual
    day = date.fromisoformat(text)
    if not FIRST_DAY <= day <= LAST_DAY:
        raise _Unusual
    return day


def _instant(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    # Python reads other forms, too.
    if moment.tzinfo is None or not _INSTANT(text):
        raise _Unusual
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
