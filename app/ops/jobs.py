"""Work that time brings: each local date, those whose day has come are looked at again.

The ticker only wakes it; what is due stands in the employees' rows, so a missed tick, or days of
them, lose nothing and doing it twice changes nothing.
"""

import logging
from collections.abc import Callable
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


def look_at_due(ctx: Context) -> int:
    """Look at everybody whose day has come; answers how many there were."""
    with ctx.database.read() as conn:
        tenants = tenant_ids(conn)
    return sum(_look_at_tenant(ctx, tenant_id) for tenant_id in tenants)


def _look_at_tenant(ctx: Context, tenant_id: str) -> int:
    done = 0
    while looked := _look_at_some(ctx, tenant_id):
        done += looked
    return done


def _look_at_some(ctx: Context, tenant_id: str) -> int:
    """One transaction's worth. The look without a lock comes first: mostly nobody is due."""
    now = ctx.now()
    ids: list[str] = []
    with ctx.database.read() as conn:
        today = tenant_today(conn, tenant_id, now).today
        if not due_employees(conn, tenant_id, today, 1, lock=False):
            return 0
    try:
        with ctx.database.write() as conn:
            ids = due_employees(conn, tenant_id, today, CHUNK, lock=True)
            look_again(conn, tenant_id, ids, now)
    except Unavailable:
        raise
    except Exception:
        return _look_one_by_one(ctx, tenant_id, ids)
    return len(ids)


def _look_one_by_one(ctx: Context, tenant_id: str, ids: list[str]) -> int:
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
    return len(ids)


class Ticker:
    """Wakes the jobs every few seconds; APScheduler, in memory alone."""

    def __init__(self, ctx: Context, heartbeat: Heartbeat) -> None:
        self._ctx = ctx
        self._heartbeat = heartbeat
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._add("look_at_due", lambda: look_at_due(ctx), ctx.settings.tick_s)

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

    def _run(self, name: str, job: Callable[[], object]) -> None:
        try:
            job()
            self._heartbeat.beat(self._ctx.now())
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
