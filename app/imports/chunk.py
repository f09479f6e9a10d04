"""One chunk of rows: stored, counted and remembered in one transaction."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.absences.store import silence_through
from app.imports import store
from app.imports.formats import Read
from app.imports.job import MAX_LISTED, MAX_SHOWN, Job
from app.imports.learnt import Learnt
from app.intake.event import Event, said_text
from app.intake.receive import sort_out
from app.keeping import store_unjudged

Fault = tuple[int, int, str]


@dataclass
class Outcome:
    """What became of a chunk: counts, what was wrong, whose it is, what is shown of it."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    shown: list[dict[str, Any]] = field(default_factory=list)


def take_chunk(
    conn: Connection, job: Job, rows: Sequence[Read], now: datetime, learnt: Learnt
) -> Outcome:
    """Store the events of a chunk and list its errors; the job is as far as that afterwards."""
    outcome = Outcome(Counter(rows=len(rows)))
    events = [read for _, read in rows if isinstance(read, Event)]
    if job.dry_run:
        became = iter(_look_at(conn, job, events, outcome))
    else:
        became = iter(keep(conn, job, events, now, learnt))
    for number, read in rows:
        if isinstance(read, Event):
            status = next(became)
            outcome.counts[status] += 1
            if status == "conflict":
                outcome.faults.append((number, 0, "event_conflict"))
        else:
            outcome.counts["invalid"] += 1
            outcome.faults += ((number, place, code) for place, code in enumerate(read))
    store.add_faults(conn, job.key, outcome.faults[: max(0, MAX_LISTED - job.listed)])
    return outcome


def not_stored(conn: Connection, job: Job, row: Read) -> Outcome:
    """List a row that cannot be stored, for a reason of ours: it must not lose the file."""
    outcome = Outcome(Counter(rows=1, invalid=1), [(row[0], 0, "not_stored")])
    store.add_faults(conn, job.key, outcome.faults[: max(0, MAX_LISTED - job.listed)])
    return outcome


def keep(
    conn: Connection, job: Job, events: Sequence[Event], now: datetime, learnt: Learnt
) -> list[str]:
    """Store events and remember whose they are; answers what became of each."""
    if not events:
        return []
    receipts = store_unjudged(conn, job.tenant_id, events, now, unasked=learnt.take_for_new())
    became: list[str] = [receipt.status for receipt in receipts]
    ids = {receipt.employee_id for receipt in receipts if receipt.status != "conflict"}
    unnoted = learnt.unnoted(ids)
    store.add_imported(conn, job.key, unnoted)
    if job.through is not None and unnoted:
        silence_through(conn, job.tenant_id, unnoted, job.through)
    learnt.stored(became, unnoted)
    return became


def _look_at(conn: Connection, job: Job, events: Sequence[Event], outcome: Outcome) -> list[str]:
    """What would become of events, of which nothing is stored.

    One that is repeated further on in the file counts as new again: memory is bounded.
    """
    room = MAX_SHOWN - len(job.preview)
    outcome.shown = [shown(event) for event in events[: max(0, room)]]
    if replaced := job.replaced:
        said = {(event.employee, event.absence) for event in events}
        outcome.counts["still_said"] = store.still_said(conn, job.tenant_id, replaced, said)
    return [found.status for found in sort_out(conn, job.tenant_id, events)]


def shown(event: Event) -> dict[str, Any]:
    """An event in its wire form."""
    return {
        "id": event.id,
        "source": event.source,
        "type": event.type,
        "occurred_at": event.occurred_at.isoformat(),
        "employee": event.employee,
        "absence": event.absence,
        **json.loads(said_text(event.said)),
    }
