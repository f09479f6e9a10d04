"""Folds new events into the stored absences of their employees.

The usual event is the latest word on its absence and is applied to the stored fold; one that
arrives out of order makes its absence be folded anew from all its events.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from operator import attrgetter

from sqlalchemy.engine import Connection

from app.absences.fold import Absence, apply, fold
from app.absences.folded.store import AbsenceKey, Folded, load_some_absences, save_absences
from app.intake.event import Event
from app.intake.store import events_of

NOTHING_SAID = Absence()
_order = attrgetter("order")


def take_in(
    conn: Connection, tenant_id: str, fresh: Sequence[tuple[str, Event]], *, unasked: bool = False
) -> None:
    """Bring the absences up to date with events just stored, each with its employee's id.

    `unasked`: an absence whose first word is here a report is taken to be new; the key of the
    table refuses it if it is not.
    """
    by_absence: defaultdict[AbsenceKey, list[Event]] = defaultdict(list)
    for employee_id, event in fresh:
        by_absence[employee_id, event.source, event.absence].append(event)
    if not by_absence:
        return
    asked = [k for k, events in by_absence.items() if not (unasked and _begins(events))]
    stored = load_some_absences(conn, tenant_id, asked) if asked else {}
    late = [key for key, events in by_absence.items() if _out_of_order(stored.get(key), events)]
    anew = events_of(conn, tenant_id, late)
    folded = _folded(by_absence, stored, anew)
    save_absences(conn, tenant_id, folded, stored.keys(), guessed=unasked)


def _begins(events: Sequence[Event]) -> bool:
    """Whether the first of them in fold order is a report."""
    first = events[0] if len(events) == 1 else min(events, key=_order)
    return first.type == "absence.reported"


def _out_of_order(stored: Folded | None, events: Sequence[Event]) -> bool:
    return stored is not None and any(event.order < stored.order for event in events)


def _folded(
    by_absence: Mapping[AbsenceKey, Sequence[Event]],
    stored: Mapping[AbsenceKey, Folded],
    anew: Mapping[AbsenceKey, Sequence[Event]],
) -> dict[AbsenceKey, Folded]:
    answer = {}
    for key, events in by_absence.items():
        if len(events) == 1 and key not in stored:
            [event] = events
            answer[key] = Folded(apply(NOTHING_SAID, event.type, event.said), event.order)
            continue
        everything = anew.get(key)
        before = stored[key].absence if key in stored else NOTHING_SAID
        after = fold(everything) if everything else _continued(before, events)
        answer[key] = Folded(after, max(map(_order, everything or events)))
    return answer


def _continued(absence: Absence, events: Sequence[Event]) -> Absence:
    for event in sorted(events, key=_order) if len(events) > 1 else events:
        absence = apply(absence, event.type, event.said)
    return absence
