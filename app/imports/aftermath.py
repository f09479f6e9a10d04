"""What follows when all rows of a file are in: what it no longer says goes, people are judged."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.engine import Connection

from app.core.errors import Unavailable
from app.imports import store
from app.imports.chunk import keep
from app.imports.job import ROWS_SHARE, Lost, Moved
from app.imports.learnt import Learnt
from app.imports.pace import Pace
from app.imports.replace import cancellation
from app.imports.turns import Stopped, Turns
from app.looking import look_one_by_one
from app.pipeline import look_again

_LOOK_MOST = 5000
_CANCEL_MOST = 500
_CLEAR_MOST = 8


def take_back(turns: Turns) -> None:
    """Cancel what the source said of the days the file replaces and the file no longer says."""
    job, replaced = turns.job, turns.job.replaced
    if replaced is not None and job.codes:
        # A row that cannot be used may be the one that says it: that is no word on what is gone.
        found, counts = job.found or {}, Counter(job.counts)
        del counts["still_said"]
        warnings = [*found.get("warnings", ()), "nothing_replaced"]
        turns.job = replace(job, found={**found, "warnings": warnings}, counts=counts)
    elif replaced is not None and job.dry_run:
        _count_unsaid(turns, replaced)
    elif replaced is not None:
        _cancel_unsaid(turns, replaced)
    turns.advance("look")


def _cancel_unsaid(turns: Turns, replaced: store.Range) -> None:
    after, pace = ("", ""), Pace(turns.ctx.ingest, _CANCEL_MOST)
    while True:
        with turns.ctx.database.read() as conn:
            rows = store.unsaid(conn, turns.job.tenant_id, replaced, after, pace.size)
        if not rows:
            return
        after = (rows[-1].employee_id, rows[-1].absence)
        _cancel(turns, replaced, [(row.number, row.absence) for row in rows], pace)


def _cancel(
    turns: Turns, replaced: store.Range, unsaid: Sequence[tuple[str, str]], pace: Pace
) -> None:
    events = [cancellation(replaced, number, absence) for number, absence in unsaid]

    def cancel(conn: Connection) -> None:
        became = keep(conn, turns.job, events, turns.ctx.now(), Learnt())
        counts = turns.job.counts + Counter(cancelled_by_replace=became.count("created"))
        turns.save(conn, replace(turns.job, counts=counts))

    turns.take(cancel, len(events), pace)


def _count_unsaid(turns: Turns, replaced: store.Range) -> None:
    with turns.ctx.database.read() as conn:
        count = store.count_unsaid(conn, turns.job.tenant_id, replaced)
    counts = Counter(turns.job.counts)
    counts["cancelled_by_replace"] = count - counts.pop("still_said", 0)
    turns.job = replace(turns.job, counts=counts)


def look_at_all(turns: Turns) -> None:
    """Judge everybody the file has a valid row for, some at a time."""
    pace = Pace(turns.ctx.ingest, _LOOK_MOST)
    with turns.ctx.database.read() as conn:
        total = turns.job.counts["employees"] + store.count_imported(conn, turns.job.key)
    while ids := _waiting(turns, pace.size):
        _look_at(turns, ids, total, pace)
    turns.take(lambda conn: _end(turns, conn), 1, pace)
    turns.reload()


def _end(turns: Turns, conn: Connection) -> None:
    """It is done, unless it failed or was cancelled; what is left are the pieces of its file."""
    row = store.work_on(conn, turns.job.key)
    state = "done" if row is None or row.state == "running" else row.state
    after = replace(turns.job, progress=1.0)
    turns.save(conn, after, stage="clear", state=state, ended_at=turns.ctx.now())


def _waiting(turns: Turns, limit: int) -> list[str]:
    with turns.ctx.database.read() as conn:
        return store.imported(conn, turns.job.key, limit)


def _look_at(turns: Turns, ids: Sequence[str], total: int, pace: Pace) -> None:
    def looked(conn: Connection, flags: int) -> None:
        counts = turns.job.counts + Counter(employees=len(ids))
        counts["flags"] += flags
        progress = ROWS_SHARE + (1 - ROWS_SHARE) * counts["employees"] / total
        store.drop_imported(conn, turns.job.key, ids)
        turns.save(conn, replace(turns.job, counts=counts, progress=progress))

    def look(conn: Connection) -> None:
        tenant_id, now = turns.job.tenant_id, turns.ctx.now()
        # A file is mostly history, on whose days no rule may act any more.
        flags = look_again(conn, tenant_id, ids, now, mostly_quiet=True)
        looked(conn, sum(map(len, flags.values())))

    try:
        turns.take(look, len(ids), pace)
    except (Lost, Moved, Stopped, Unavailable):
        raise
    except Exception:
        look_one_by_one(turns.ctx, turns.job.tenant_id, ids)
        turns.take(lambda conn: looked(conn, 0), len(ids), pace)


def clear(turns: Turns) -> None:
    """The pieces of the file are no longer needed, and hold personal numbers."""
    _drop_parts(turns)
    turns.take(
        lambda conn: turns.save(
            conn, replace(turns.job, stage="over"), stage="over", lease_by=None, lease_until=None
        ),
        1,
        Pace(None),
    )


def drop(turns: Turns) -> None:
    """Nothing is left of an upload that broke off, or that brought what was known."""
    _drop_parts(turns)
    turns.take(lambda conn: store.delete_import(conn, turns.job.key), 1, Pace(None))
    turns.job = replace(turns.job, stage="over")


def _drop_parts(turns: Turns) -> None:
    left, pace = True, Pace(turns.ctx.ingest, _CLEAR_MOST)

    def some(conn: Connection) -> None:
        nonlocal left
        left = bool(store.drop_parts(conn, turns.job.key, _CLEAR_MOST))

    while left:
        turns.take(some, _CLEAR_MOST, pace)
