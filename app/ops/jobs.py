"""Work that time brings: each local date, those whose day has come are looked at again.

The ticker only wakes it; what is due stands in the employees' rows, so a missed tick, or days of
them, lose nothing and doing it twice changes nothing.
"""

import logging
from collections.abc import Callable, Sequence
from datetime import timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from app.absences.store import due_employees, set_due
from app.access.store import tenant_ids
from app.casebook import tenant_today
from app.core.context import Context
from app.core.errors import Unavailable
from app.ops.health import Heartbeat
from app.pipeline import look_again

CHUNK = 100
log = logging.getLogger("app.ops")


def look_at_due(ctx: Context, beat: Callable[[], None] = lambda: None) -> int:
    """Look at everybody whose day has come; answers how many there were.

    Tenants take turns, some employees each, so that nobody waits for another's backlog; one that
    cannot be looked at is named in the log and left for the next tick.
    """
    with ctx.database.read() as conn:
        waiting = tenant_ids(conn)
    done = 0
    while waiting:
        looked = {tenant_id: _look_at_some(ctx, tenant_id) for tenant_id in waiting}
        done += sum(looked.values())
        waiting = [tenant_id for tenant_id, count in looked.items() if count]
        beat()
    return done


def _look_at_some(ctx: Context, tenant_id: str) -> int:
    try:
        return len(_look_at_due_of(ctx, tenant_id))
    except Unavailable:
        raise
    except Exception:
        log.exception("tenant_not_looked_at", extra={"ids": {"tenant": tenant_id}})
        return 0


def _look_at_due_of(ctx: Context, tenant_id: str) -> list[str]:
    """One chunk. The look without a lock comes first: mostly nobody is due."""
    now = ctx.now()
    with ctx.database.read() as conn:
        today = tenant_today(conn, tenant_id, now).today
        ids = due_employees(conn, tenant_id, today, CHUNK, lock=False)
    if not ids:
        return []
    try:
        with ctx.database.write() as conn:
            ids = due_employees(conn, tenant_id, today, CHUNK, lock=True)
            look_again(conn, tenant_id, ids, now)
    except Unavailable:
        raise
    except Exception:
        look_one_by_one(ctx, tenant_id, ids)
    return ids


def look_one_by_one(ctx: Context, tenant_id: str, ids: Sequence[str]) -> None:
    """One that cannot be judged must not keep the others from it: it waits until tomorrow."""
    for employee_id in ids:
        try:
            with ctx.database.write() as conn:
                look_again(conn, tenant_id, [employee_id], ctx.now())
        except Unavailable:
            raise
        except Exception:
            log.exception("look_failed", extra={"ids": {"employee": employee_id}})
            with ctx.database.write() as conn:
                today = tenant_today(conn, tenant_id, ctx.now()).today
                set_due(conn, tenant_id, {employee_id: today + timedelta(days=1)})


class Ticker:
    """Wakes the jobs every few seconds; APScheduler, in memory alone."""

    def __init__(self, ctx: Context, heartbeat: Heartbeat) -> None:
        self._ctx = ctx
        self._heartbeat = heartbeat
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._add("look_at_due", lambda: look_at_due(ctx, self._beat), ctx.settings.tick_s)

    def _add(self, name: str, job: Callable[[], object], every_s: float) -> None:
        self._scheduler.add_job(
            lambda: self._run(name, job),
            "interval",
            seconds=every_s,
            id=name,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
            next_run_time=self._ctx.now(),
        )

    def _beat(self) -> None:
        self._heartbeat.beat(self._ctx.now())

    def _run(self, name: str, job: Callable[[], object]) -> None:
        try:
            job()
            self._beat()
        except Unavailable:
            log.warning("job_waits_for_database", extra={"ids": {"job": name}})
        except Exception:
            log.exception("job_failed", extra={"ids": {"job": name}})

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def close(self) -> None:
        """Tick no more; a job under way ends first."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
