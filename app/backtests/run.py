"""Works on backtests: each by one process at a time, fenced by a lease, in the open for cancelling.

What has been counted is in memory alone: whoever takes over one that was broken off begins again,
which takes seconds, and gives the same answer.
"""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy.engine import Connection, Row

from app.backtests import store
from app.backtests.asked import Question
from app.backtests.counting import Counting, Covers, Named, places
from app.casebook import Tenant, member_of, tenant_today
from app.core.context import Context
from app.core.errors import Unavailable
from app.core.ids import new_id
from app.population.population import Population
from app.population.prepare import Prepared, TooLarge, prepare
from app.population.store import read_population
from app.rules.document import RuleDocument
from app.rules.scope import in_scope

LEASE = timedelta(minutes=5)
KEPT_FOR = timedelta(days=30)
MAX_ATTEMPTS = 3
_AT_ONCE = 1000
"""So many people are stored in one transaction."""
log = logging.getLogger("app.backtests")


class _Over(Exception):
    """It was cancelled, or another process is at it by now, or this one ends."""


def work_on_backtests(ctx: Context, keep_going: Callable[[], bool] = lambda: True) -> int:
    """Answer what waits, one after the other; answers how many those were."""
    done = 0
    while keep_going() and (row := _next(ctx)):
        with suppress(_Over):
            _work(ctx, row, keep_going)
        done += 1
    return done


def _next(ctx: Context) -> Row[Any] | None:
    """One taken for oneself. The look without a lock comes first: mostly none waits."""
    now = ctx.now()
    with ctx.database.read() as conn:
        if not store.anything_to_do(conn, now):
            return None
    with ctx.database.write() as conn:
        row = store.take_next(conn, now, by=new_id("run"), until=now + LEASE)
        if row is not None:
            store.start_again(conn, (row.tenant_id, row.backtest_id))
        return row


def _work(ctx: Context, row: Row[Any], keep_going: Callable[[], bool]) -> None:
    """Answer one, or end it with what was wrong; raises _Over, Unavailable."""
    try:
        if row.attempts > MAX_ATTEMPTS:
            _end(ctx, row, state="failed", problem="gave_up")
            return
        counts = _answer(ctx, row, keep_going)
        _end(ctx, row, state="done", progress=1.0, counts=counts)
    except (_Over, Unavailable):
        raise
    except TooLarge:
        _end(ctx, row, state="failed", problem="too_large")
    except Exception:
        log.exception("backtest_failed", extra={"ids": {"backtest": row.backtest_id}})
        _end(ctx, row, state="failed", problem="internal_error")


def _answer(ctx: Context, row: Row[Any], keep_going: Callable[[], bool]) -> dict[str, Any]:
    question = Question.of(row.asked)
    with ctx.database.read() as conn:
        tenant = tenant_today(conn, row.tenant_id, ctx.now())
        population, prepared, counting = begin_counting(conn, tenant, question)
    for share, named in counting.lines(prepared):
        if not keep_going():
            _move(ctx, row, lease_by=None, lease_until=None, attempts=row.attempts - 1)
            raise _Over
        if row.with_persons:
            _store_persons(ctx, row, population.persons, named)
        _move(ctx, row, progress=round(0.99 * share, 4), lease_until=ctx.now() + LEASE)
    return counting.counts()


def begin_counting(
    conn: Connection, tenant: Tenant, question: Question
) -> tuple[Population, Prepared, Counting]:
    """Everybody as of the last day asked about, and the counting of them; raises TooLarge."""
    population = read_population(conn, tenant.tenant_id)
    units = store.units_of_persons(conn, tenant.tenant_id, tenant.today)
    names = sorted({unit for unit in units.values() if unit is not None})
    prepared = prepare(population, tenant.policy, question.period.last)
    covers = _covers(conn, tenant, question, population.persons)
    counting = Counting(question, names, places(names, units, population.persons), covers)
    return population, prepared, counting


def _covers(conn: Connection, tenant: Tenant, question: Question, persons: Sequence[str]) -> Covers:
    """Whether a rule is about somebody, by the employments and today's units."""
    asked = [*question.rules, *([question.before] if question.before else ())]
    if all(rule.document.scope is None for rule in asked):
        return lambda *_: True
    employments = store.employments_of_persons(conn, tenant.tenant_id)
    above = cache(tenant.units().with_those_above)

    def covers(rule: RuleDocument, person: int, day: int) -> bool:
        own = employments[persons[person]]
        return in_scope(rule.scope, (member_of(one, above(one.unit)) for one in own), day)

    return covers


def _store_persons(ctx: Context, row: Row[Any], persons: Any, named: Iterator[Named]) -> None:
    while some := list(islice(named, _AT_ONCE)):
        found = [
            {
                "employee_id": persons[one.person],
                "rule": one.rule,
                "on": date.fromordinal(one.on),
                "change": one.change,
            }
            for one in some
        ]
        with ctx.database.write() as conn:
            if not store.move_on(conn, _key(row), by=row.lease_by, lease_until=ctx.now() + LEASE):
                raise _Over
            store.add_persons(conn, _key(row), found)


def _move(ctx: Context, row: Row[Any], **values: Any) -> None:
    with ctx.database.write() as conn:
        if not store.move_on(conn, _key(row), by=row.lease_by, **values):
            raise _Over


def _end(ctx: Context, row: Row[Any], **values: Any) -> None:
    _move(ctx, row, ended_at=ctx.now(), lease_by=None, lease_until=None, **values)


def _key(row: Row[Any]) -> store.Key:
    return row.tenant_id, row.backtest_id


def drop_old(ctx: Context, tenant_id: str, limit: int) -> int:
    """Forget some backtests that are older than they are kept; answers how many."""
    before = ctx.now() - KEPT_FOR
    with ctx.database.read() as conn:
        old = store.old_backtests(conn, tenant_id, before, limit)
    if old:
        with ctx.database.write() as conn:
            for backtest_id in old:
                store.delete_backtest(conn, (tenant_id, backtest_id))
    return len(old)
