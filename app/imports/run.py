"""Works on an import from where it stands to its end, in short transactions.

Wherever it dies, another - or the same, started again - carries on: how far it has come is written
in the transaction that did it. Read again, a file gives the same rows, for it is read as of the
instant its import began.
"""

import logging
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from app.core.context import Context
from app.core.errors import Unavailable
from app.core.ids import new_id
from app.imports import store
from app.imports.aftermath import clear, drop, look_at_all, take_back
from app.imports.files import Parts, Readable, unseal
from app.imports.job import LEASE, Job, Lost, Moved
from app.imports.rows import Rows
from app.imports.turns import Stopped, Turns
from app.intake.rows import UnreadableFile

MAX_ATTEMPTS = 10
"""Without getting on in between: something in the file, or of ours, ends whoever tries."""
SMALL_BYTES = 8 * 1024 * 1024
log = logging.getLogger("app.imports")


def work_on_imports(
    ctx: Context, keep_going: Callable[[], bool] = lambda: True, *, largest: int | None = None
) -> int:
    """Work on what waits, one import after the other; answers how many those were.

    `largest`: on those alone whose file has at most so many bytes.
    """
    done = 0
    while keep_going() and (job := _next(ctx, largest)):
        turns = Turns(ctx, job, keep_going=keep_going)
        with suppress(Lost, Moved, Stopped):
            to_the_end(turns, partial(uploaded, ctx, job))
        done += 1
    return done


def _next(ctx: Context, largest: int | None) -> Job | None:
    """An import taken for oneself. The look without a lock comes first: mostly none waits."""
    now = ctx.now()
    with ctx.database.read() as conn:
        if not store.anything_to_do(conn, now):
            return None
    with ctx.database.write() as conn:
        row = store.take_next(conn, now, by=new_id("run"), until=now + LEASE, largest=largest)
    return Job.of(row) if row is not None else None


def uploaded(ctx: Context, job: Job) -> Readable:
    """The file of an import as it was uploaded."""

    def fetch(number: int) -> bytes | None:
        with ctx.database.read() as conn:
            sealed = store.part(conn, job.key, number)
        return None if sealed is None else unseal(ctx.keys, job.key, number, sealed)

    return Parts(fetch)


def to_the_end(turns: Turns, open_it: Callable[[], Readable]) -> None:
    """Do all that is left of an import.

    Raises Lost, Stopped, or Unavailable when the database is away; it is given back then. After
    anything unforeseen it rests until the lease has run out.
    """
    try:
        if turns.job.stage == "upload":
            turns.advance("drop")
        elif turns.job.attempts > MAX_ATTEMPTS:
            _fail(turns, "gave_up")
        while turns.job.stage != "over":
            _stage(turns, open_it)
    except (Lost, Moved, Stopped, Unavailable, KeyboardInterrupt):
        turns.let_go()
        raise


def _stage(turns: Turns, open_it: Callable[[], Readable]) -> None:
    """One stage, to the next one; what fails while rows are taken in ends the taking in."""
    stages: dict[str, Callable[[], None]] = {
        "rows": lambda: Rows(turns, open_it).take_in(),
        "replace": lambda: take_back(turns),
        "look": lambda: look_at_all(turns),
        "clear": lambda: clear(turns),
        "drop": lambda: drop(turns),
    }
    try:
        stages[turns.job.stage]()
    except Moved:
        turns.reload()
    except UnreadableFile as unreadable:
        _fail(turns, unreadable.code)
    except (Lost, Stopped, Unavailable):
        raise
    except Exception:
        if turns.job.stage not in ("rows", "replace"):
            raise
        log.exception("import_failed", extra={"ids": {"import": turns.job.import_id}})
        _fail(turns, "internal_error")


def _fail(turns: Turns, problem: str) -> None:
    """It ends here; what is stored stays, and is judged."""
    if turns.job.stage in ("rows", "replace"):
        turns.advance("look", state="failed", problem=problem)
