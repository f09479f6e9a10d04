"""The fold: all events of one absence, in the order they occurred, become one absence.

Pure. Arrival order has no meaning here: the same events in any order fold to the same absence
(semantics 2, points 2 to 4).
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from functools import reduce
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from app.intake.event import DEFAULT_EXTENT, DEFAULT_KIND, Event, EventType, last_day_said

AbsenceStatus = Literal["counted", "not_counted", "cancelled", "empty", "incomplete"]


class Absence(Struct, frozen=True, gc=False):
    """What a source now says of one absence.

    `extent` holds for the whole of it; each of `extents` (day, percent), ascending, from its
    day on. Without a `first_day` it is incomplete and waits.
    """

    first_day: date | None = None
    last_day: date | None = None
    kind: str = DEFAULT_KIND
    extent: int = DEFAULT_EXTENT
    extents: tuple[tuple[date, int], ...] = ()
    cancelled: bool = False

    @property
    def empty(self) -> bool:
        """Well again before it began: said, but without a single day."""
        return (
            self.first_day is not None
            and self.last_day is not None
            and self.last_day < self.first_day
        )

    def status(self, kinds: Collection[str]) -> AbsenceStatus:
        """Whether rules may see it, and if not, why."""
        if self.cancelled:
            return "cancelled"
        if self.first_day is None:
            return "incomplete"
        if self.empty:
            return "empty"
        counted = self.kind in kinds and self.kind != "other"
        return "counted" if counted else "not_counted"

    def counts(self, kinds: Collection[str]) -> bool:
        """Whether rules may see it; `other` never counts, whatever the policy says."""
        return self.status(kinds) == "counted"


def fold(events: Iterable[Event]) -> Absence:
    """Fold the events of one absence, given in any order, duplicates of an identity removed."""
    ordered = sorted(events, key=lambda event: event.order)
    return reduce(lambda absence, event: apply(absence, event.type, event.said), ordered, Absence())


def apply(absence: Absence, kind: EventType, said: Mapping[str, Any]) -> Absence:
    """The absence after one more statement, which must be the latest so far in fold order."""
    if kind == "absence.reported":
        return Absence(said["first_day"], said["last_day"], said["kind"], said["extent"])
    if kind == "absence.changed":
        return _changed(absence, said)
    if kind == "absence.ended":
        return replace(absence, last_day=last_day_said(said))
    return replace(absence, cancelled=True)


def _changed(absence: Absence, said: Mapping[str, Any]) -> Absence:
    named = {name: said[name] for name in ("first_day", "last_day", "kind") if name in said}
    changed = replace(absence, **named)
    if "extent" not in said:
        return changed
    if "extent_from" not in said:
        return replace(changed, extent=said["extent"], extents=())
    start = said["extent_from"]
    kept = tuple(piece for piece in absence.extents if piece[0] < start)
    return replace(changed, extents=(*kept, (start, said["extent"])))
