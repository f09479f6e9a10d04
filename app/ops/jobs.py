"""Work that time brings: people are looked at again on their day, reminders and mails go out.

The ticker only wakes it; what is due stands in the rows of employees, flags and mails, so a missed
tick, or days of them, lose nothing and doing it twice changes nothing.
"""

import logging
import threading
from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler

from app.absences.store import due_employees
from app.access.store import drop_answers, old_answers, tenant_ids
from app.backtests.run import drop_old, work_on_backtests
from app.casebook import tenant_today
from app.core.context import Context
from app.core.errors import Unavailable
from app.decisions.feeds import tell_of_feeds
from app.decisions.overdue import tell_overdue
from app.decisions.signals import is_due, look_at_units, tell_of_units
from app.feeds.store import feeds_to_look_at
from app.flags.store import flags_to_remind
from app.imports.run import SMALL_BYTES, work_on_imports
from app.looking import look_one_by_one
from app.mail.send import MailSender
from app.mail.waiting import remind
from app.ops.health import Heartbeat
from app.pipeline import look_again
from app.referrals.store import overdue_referrals

CHUNK = 100
LOOK_AT = 250
"""Employees in one transaction: of more it takes less for each, but others wait longer."""
REMIND_EVERY_S = 60.0
log = logging.getLogger("app.ops")


def look_at_due(ctx: Context, beat: Callable[[], None] = lambda: None) -> int:
    """Look at everybody whose day has come; answers how many there were.

    Tenants take turns, some employees each, so that nobody waits for another's backlog; one that
    cannot be looked at is named in the log and left for the next tick.
    """
    return _in_turns(ctx, _look_at_due_of, "tenant_not_looked_at", beat)


def remind_of_flags(ctx: Context) -> int:
    """Remind of the open flags that have waited long enough; answers how many it looked at."""
    return _in_turns(ctx, _remind_of_some, "tenant_not_reminded", lambda: None)


def tell_of_overdue(ctx: Context) -> int:
    """Tell of the referrals whose deadline has passed; answers how many there were."""
    return _in_turns(ctx, _tell_of_some, "tenant_not_told", lambda: None)


def drop_old_answers(ctx: Context) -> int:
    """Drop what is kept for Idempotency-Keys whose time is over; answers how many there were."""
    return _in_turns(ctx, _drop_some, "answers_not_dropped", lambda: None)


def _drop_some(ctx: Context, tenant_id: str) -> int:
    """One chunk. What is over stays over, so that the look needs no lock."""
    with ctx.database.read() as conn:
        old = old_answers(conn, tenant_id, ctx.now(), CHUNK)
    if old:
        with ctx.database.write() as conn:
            drop_answers(conn, old)
    return len(old)


def drop_old_backtests(ctx: Context) -> int:
    """Drop the backtests whose time is over; answers how many there were."""
    return _in_turns(
        ctx,
        lambda ctx, tenant_id: drop_old(ctx, tenant_id, CHUNK),
        "backtests_not_dropped",
        lambda: None,
    )


def tell_of_silent_feeds(ctx: Context) -> int:
    """Tell of the sources that have fallen silent or are back; answers how many it looked at."""
    return _in_turns(ctx, _tell_of_some_feeds, "feeds_not_looked_at", lambda: None)


def _tell_of_some_feeds(ctx: Context, tenant_id: str) -> int:
    """One chunk. The look without a lock comes first: mostly all were looked at today."""
    with ctx.database.read() as conn:
        today = tenant_today(conn, tenant_id, ctx.now()).today
        if not feeds_to_look_at(conn, tenant_id, today, 1, lock=False):
            return 0
    with ctx.database.write() as conn:
        return tell_of_feeds(conn, tenant_id, CHUNK, ctx.now())


def tell_of_unit_signals(ctx: Context) -> int:
    """Judge the units of every tenant where a month is due; answers for how many it was."""
    return _in_turns(ctx, _look_at_units_of, "units_not_looked_at", lambda: None)


def _look_at_units_of(ctx: Context, tenant_id: str) -> int:
    """The look takes its time and no lock; what it found is written at once."""
    with ctx.database.read() as conn:
        tenant = tenant_today(conn, tenant_id, ctx.now())
        if not is_due(conn, tenant):
            return 0
        found = look_at_units(conn, tenant)
    with ctx.database.write() as conn:
        tell_of_units(conn, tenant_id, found, ctx.now())
    return 1


def _tell_of_some(ctx: Context, tenant_id: str) -> int:
    """One chunk. The look without a lock comes first: mostly nothing is late."""
    with ctx.database.read() as conn:
        today = tenant_today(conn, tenant_id, ctx.now()).today
        if not overdue_referrals(conn, tenant_id, today, 1):
            return 0
    with ctx.database.write() as conn:
        return len(tell_overdue(conn, tenant_id, CHUNK, ctx.now()))


def _in_turns(
    ctx: Context,
    work: Callable[[Context, str], int],
    failure: str,
    beat: Callable[[], None],
) -> int:
    """Do some of a tenant's work at a time, until nobody has any left."""
    with ctx.database.read() as conn:
        waiting = tenant_ids(conn)
    done = 0
    while waiting:
        worked = {tenant_id: _some(ctx, tenant_id, work, failure) for tenant_id in waiting}
        done += sum(worked.values())
        waiting = [tenant_id for tenant_id, count in worked.items() if count]
        beat()
    return done


def _some(ctx: Context, tenant_id: str, work: Callable[[Context, str], int], failure: str) -> int:
    try:
        return work(ctx, tenant_id)
    except Unavailable:
        raise
    except Exception:
        log.exception(failure, extra={"ids": {"tenant": tenant_id}})
        return 0


def _remind_of_some(ctx: Context, tenant_id: str) -> int:
    """One chunk. The look without a lock comes first: mostly nothing has waited that long."""
    with ctx.database.read() as conn:
        today = tenant_today(conn, tenant_id, ctx.now()).today
        if not flags_to_remind(conn, tenant_id, today, 1, lock=False):
            return 0
    with ctx.database.write() as conn:
        return remind(conn, tenant_today(conn, tenant_id, ctx.now()), limit=CHUNK)


def _look_at_due_of(ctx: Context, tenant_id: str) -> int:
    """One chunk. The look without a lock comes first: mostly nobody is due."""
    now = ctx.now()
    with ctx.database.read() as conn:
        today = tenant_today(conn, tenant_id, now).today
        ids = due_employees(conn, tenant_id, today, LOOK_AT, lock=False)
    if not ids:
        return 0
    try:
        with ctx.database.write() as conn:
            ids = due_employees(conn, tenant_id, today, LOOK_AT, lock=True)
            look_again(conn, tenant_id, ids, now)
    except Unavailable:
        raise
    except Exception:
        look_one_by_one(ctx, tenant_id, ids)
    return len(ids)


class Ticker:
    """Wakes the jobs every few seconds; APScheduler, in memory alone."""

    def __init__(self, ctx: Context, heartbeat: Heartbeat) -> None:
        self._ctx = ctx
        self._heartbeat = heartbeat
        self._mails = MailSender(ctx.settings, ctx.database, ctx.clock, ctx.keys)
        self._scheduler = BackgroundScheduler(timezone="UTC")
        self._add("look_at_due", self._look, ctx.settings.tick_s)
        self._add("remind_of_flags", lambda: remind_of_flags(ctx), REMIND_EVERY_S)
        self._add("tell_of_overdue", lambda: tell_of_overdue(ctx), REMIND_EVERY_S)
        self._stopping = threading.Event()
        self._add("work_on_imports", self._import_any, ctx.settings.tick_s)
        # A small file need not wait for a large one that is being taken in.
        self._add("work_on_small_imports", self._import_small, ctx.settings.tick_s)
        self._add("work_on_backtests", self._backtest, ctx.settings.tick_s)
        self._add("drop_old_backtests", lambda: drop_old_backtests(ctx), REMIND_EVERY_S)
        self._add("drop_old_answers", lambda: drop_old_answers(ctx), REMIND_EVERY_S)
        self._add("tell_of_feeds", lambda: tell_of_silent_feeds(ctx), REMIND_EVERY_S)
        self._add("tell_of_units", lambda: tell_of_unit_signals(ctx), REMIND_EVERY_S)
        self._add("send_mails", self._mails.send_due, ctx.settings.tick_s)

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

    def _look(self) -> None:
        """The heart of it: that it comes round is what tells that the ticker is well."""
        look_at_due(self._ctx, self._beat)
        self._beat()

    def _import_any(self) -> None:
        work_on_imports(self._ctx, lambda: not self._stopping.is_set())

    def _import_small(self) -> None:
        work_on_imports(self._ctx, lambda: not self._stopping.is_set(), largest=SMALL_BYTES)

    def _backtest(self) -> None:
        work_on_backtests(self._ctx, lambda: not self._stopping.is_set())

    def _beat(self) -> None:
        self._heartbeat.beat(self._ctx.now())

    def _run(self, name: str, job: Callable[[], object]) -> None:
        try:
            job()
        except Unavailable:
            log.warning("job_waits_for_database", extra={"ids": {"job": name}})
        except Exception:
            log.exception("job_failed", extra={"ids": {"job": name}})

    def start(self) -> None:
        """Begin to tick."""
        self._scheduler.start()

    def close(self) -> None:
        """Tick no more; a job under way ends first, an import where it stands."""
        self._stopping.set()
        self._mails.stop()
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
