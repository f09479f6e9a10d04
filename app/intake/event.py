"""One event: an immutable statement of a source system about one absence (semantics 2).

Pure values. It knows what an event says and whether two say the same; never how it is stored.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from json.encoder import encode_basestring
from typing import Any, Literal, get_args

from msgspec import Struct

from app.core.instants import utc_text

EventType = Literal["absence.reported", "absence.changed", "absence.ended", "absence.cancelled"]
Kind = Literal["sickness", "work_injury", "infection_carrier", "rehabilitation", "other"]

KINDS: tuple[Kind, ...] = get_args(Kind)

DEFAULT_EXTENT = 100
DEFAULT_KIND: Kind = "sickness"

_DAY_FIELDS = frozenset({"first_day", "last_day", "well_from", "extent_from"})
_NAMED = ("first_day", "last_day", "well_from", "extent", "extent_from", "kind")
_QUOTED = {name: f'"{name}":' for name in _NAMED}
_canonical = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode


class Event(Struct, frozen=True, gc=False):
    """`occurred_at` is in UTC. `said` holds the fields the event names, defaults filled in.

    Days in it are `date`s.
    """

    source: str
    id: str
    type: EventType
    occurred_at: datetime
    employee: str
    absence: str
    said: Mapping[str, Any]

    @property
    def order(self) -> tuple[datetime, str]:
        """Its place in the fold: the instant, ties broken by id in code-point order."""
        return (self.occurred_at, self.id)


def make_event(fields: Mapping[str, Any]) -> Event:
    """Build an event from validated wire fields (days as `date`, `occurred_at` aware)."""
    said = {name: fields[name] for name in _named(fields)}
    if fields["type"] == "absence.reported":
        said = {"last_day": None, "extent": DEFAULT_EXTENT, "kind": DEFAULT_KIND} | said
    return Event(
        source=fields["source"],
        id=fields["id"],
        type=fields["type"],
        occurred_at=fields["occurred_at"].astimezone(UTC),
        employee=fields["employee"],
        absence=fields["absence"],
        said=said,
    )


def _named(fields: Mapping[str, Any]) -> list[str]:
    """The fields that say something: `last_day: null` does (it reopens), other nulls do not."""
    reopens = fields["type"] == "absence.changed"
    return [
        name
        for name in _NAMED
        if fields.get(name) is not None or (name == "last_day" and name in fields and reopens)
    ]


def said_to_json(said: Mapping[str, Any]) -> dict[str, Any]:
    """What was said, with days as ISO strings."""
    return {k: v.isoformat() if isinstance(v, date) else v for k, v in said.items()}


def said_text(said: Mapping[str, Any]) -> str:
    """What was said as canonical JSON: keys in order, days as ISO strings."""
    return _text_of(tuple(said.items()))


@lru_cache(maxsize=16384)
def _text_of(said: tuple[tuple[str, Any], ...]) -> str:
    """Much the same is said of many: of the days of a year, and a dozen lengths."""
    return f"{{{','.join([_QUOTED[name] + _value(value) for name, value in sorted(said)])}}}"


def _value(value: Any) -> str:
    if value is None:
        return "null"
    return f'"{value.isoformat()}"' if isinstance(value, date) else _canonical(value)


def said_from_json(stored: Mapping[str, Any]) -> dict[str, Any]:
    """The reverse of `said_to_json`."""
    return {
        k: date.fromisoformat(v) if k in _DAY_FIELDS and v is not None else v
        for k, v in stored.items()
    }


def content_hash(event: Event, said: str | None = None, occurred_at: str | None = None) -> str:
    """Hex digest of the normalised content: equal exactly when two events say the same.

    `said`, `occurred_at`: the event's `said_text` and its instant in UTC, where they are at hand.
    """
    occurred_at = occurred_at or utc_text(event.occurred_at)
    named = f"{encode_basestring(event.employee)},{encode_basestring(event.absence)}"
    text = f'["{event.type}","{occurred_at}",{named},{said or said_text(event.said)}]'
    return hashlib.sha256(text.encode()).hexdigest()


def last_day_said(said: Mapping[str, Any]) -> date:
    """The last sick day an `absence.ended` names, directly or as the day before `well_from`."""
    if "last_day" in said:
        last: date = said["last_day"]
        return last
    well_from: date = said["well_from"]
    return well_from - timedelta(days=1)
