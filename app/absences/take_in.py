"""Folds new events into the stored absences of their employees.

The usual event is the latest word on its absence and is applied to the stored fold; one that
arrives out of order makes its absence be folded anew from all its events.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from sqlalchemy.engine import Connection

from app.absences.fold import Absence, apply, fold
from app.absences.folded.store import AbsenceKey, Folded, load_some_absences, save_absences
from app.intake.event import Event
from app.intake.store import events_of


def take_in(conn: Connection, tenant_id: str, fresh: Sequence[tuple[str, Event]]) -> None:
    """Bring the absences up to date with events just stored, each with its employee's id."""
    by_absence: defaultdict[AbsenceKey, list[Event]] = defaultdict(list)
    for employee_id, event in fresh:
        by_absence[employee_id, event.source, event.absence].append(event)
    if not by_absence:
        return
    stored = load_some_absences(conn, tenant_id, list(by_absence))
    late = [key for key, events in by_absence.items() if _out_of_order(stored.get(key), events)]
    anew = events_of(conn, tenant_id, late)
    save_absences(conn, tenant_id, _folded(by_absence, stored, anew), stored.keys())


def _out_of_order(stored: Folded | None, events: Sequence[Event]) -> bool:
    return stored is not None and any(event.order < stored.order for event in events)


def _folded(
    by_absence: Mapping[AbsenceKey, Sequence[Event]],
    stored: Mapping[AbsenceKey, Folded],
    anew: Mapping[AbsenceKey, Sequence[Event]],
) -> dict[AbsenceKey, Folded]:
    answer = {}
    for key, events in by_absence.items():
        everything = anew.get(key)
        before = stored[key].absence if key in stored else Absence()
        after = fold(everything) if everything else _continued(before, events)
        answer[key] = Folded(after, max(event.order for event in everything or events))
    return answer


def _continued(absence: Absence, events: Sequence[Event]) -> Absence:
    for event in sorted(events, key=lambda e: e.order):
        absence = apply(absence, event.type, event.said)
    return absence
