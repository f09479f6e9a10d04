"""All SQL about backtests: the job and its lease, the answer, and the people in it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Row

from app.absences.store import Employee as Employment
from app.absences.store import employee_from
from app.absences.tables import Employee
from app.backtests.tables import Backtest, BacktestPerson
from app.core.db import the_one
from app.core.ids import new_id
from app.core.pages import Cut, cut_page
from app.people.together import leading

UNFINISHED = ("queued", "running")
Key = tuple[str, str]
"""Tenant and backtest."""


def _own(key: Key) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return Backtest.tenant_id == key[0], Backtest.backtest_id == key[1]


def add_backtest(
    conn: Connection,
    tenant_id: str,
    asked: Mapping[str, Any],
    now: datetime,
    *,
    with_persons: bool,
) -> str:
    """Store a question, to be worked on; answers its id."""
    backtest_id = new_id("bkt")
    conn.execute(
        insert(Backtest).values(
            tenant_id=tenant_id,
            backtest_id=backtest_id,
            asked=dict(asked),
            with_persons=with_persons,
            state="queued",
            progress=0.0,
            created_at=now,
            attempts=0,
        )
    )
    return backtest_id


def backtest_row(conn: Connection, key: Key) -> Row[Any]:
    """One backtest; raises NotFound."""
    return the_one(conn, select(Backtest.__table__).where(*_own(key)))


def backtests_page(conn: Connection, tenant_id: str, cut: Cut) -> tuple[list[Row[Any]], str | None]:
    """One page of the tenant's backtests, the oldest first."""
    mine = select(Backtest.__table__).where(Backtest.tenant_id == tenant_id)
    return cut_page(conn, mine, Backtest.backtest_id, cut)


def unfinished(conn: Connection, tenant_id: str) -> int:
    """How many of the tenant's wait or are under way."""
    held = select(func.count()).where(
        Backtest.tenant_id == tenant_id, Backtest.state.in_(UNFINISHED)
    )
    return conn.execute(held).scalar_one()


def anything_to_do(conn: Connection, now: datetime) -> bool:
    """Whether one waits that nobody is at: a look without a lock."""
    return conn.execute(_waiting(now).limit(1)).first() is not None


def _waiting(now: datetime) -> Any:
    free = or_(Backtest.lease_until.is_(None), Backtest.lease_until <= now)
    wanted = select(Backtest.tenant_id, Backtest.backtest_id)
    return wanted.where(free, Backtest.state.in_(UNFINISHED))


def take_next(conn: Connection, now: datetime, *, by: str, until: datetime) -> Row[Any] | None:
    """Take the oldest that waits and nobody is at; None without any."""
    oldest = _waiting(now).order_by(Backtest.backtest_id).limit(1)
    found = conn.execute(oldest.with_for_update(skip_locked=True)).one_or_none()
    if found is None:
        return None
    key = (found.tenant_id, found.backtest_id)
    taken = {"lease_by": by, "lease_until": until, "state": "running"}
    attempts = Backtest.attempts + 1
    conn.execute(update(Backtest).where(*_own(key)).values(attempts=attempts, **taken))
    return backtest_row(conn, key)


def move_on(conn: Connection, key: Key, *, by: str, **values: Any) -> bool:
    """Write how it has gone; False when it was cancelled, or is another's by now."""
    mine = (*_own(key), Backtest.lease_by == by, Backtest.state == "running")
    return conn.execute(update(Backtest).where(*mine).values(**values)).rowcount == 1


def cancel(conn: Connection, key: Key, now: datetime) -> bool:
    """End one that is not over; False when it is."""
    open_one = (*_own(key), Backtest.state.in_(UNFINISHED))
    ended = {"state": "cancelled", "ended_at": now, "lease_by": None, "lease_until": None}
    done = conn.execute(update(Backtest).where(*open_one).values(**ended))
    if done.rowcount:
        _drop_persons(conn, key)
    return done.rowcount == 1


def add_persons(conn: Connection, key: Key, found: Sequence[Mapping[str, Any]]) -> None:
    """Keep some of the people it would have flagged."""
    mine = {"tenant_id": key[0], "backtest_id": key[1]}
    if found:
        conn.execute(
            insert(BacktestPerson), [{**mine, "found_id": new_id("bkp"), **one} for one in found]
        )


def start_again(conn: Connection, key: Key) -> None:
    """Whoever was at it has found some already, and counted others: none of that stays."""
    _drop_persons(conn, key)


def persons_page(
    conn: Connection, key: Key, cut: Cut, *, rule: str | None, change: str | None
) -> tuple[list[Row[Any]], str | None]:
    """One page of the people it would have flagged, of one rule or one change where asked."""
    rows = select(BacktestPerson.__table__).where(
        BacktestPerson.tenant_id == key[0], BacktestPerson.backtest_id == key[1]
    )
    if rule is not None:
        rows = rows.where(BacktestPerson.rule == rule)
    if change is not None:
        rows = rows.where(BacktestPerson.change == change)
    return cut_page(conn, rows, BacktestPerson.found_id, cut)


def delete_backtest(conn: Connection, key: Key) -> None:
    """Forget one, and whom it named."""
    _drop_persons(conn, key)
    conn.execute(delete(Backtest).where(*_own(key)))


def old_backtests(conn: Connection, tenant_id: str, before: datetime, limit: int) -> list[str]:
    """Some that ended before then."""
    ended = select(Backtest.backtest_id).where(
        Backtest.tenant_id == tenant_id, Backtest.ended_at < before
    )
    return list(conn.scalars(ended.limit(limit)))


def units_of_persons(conn: Connection, tenant_id: str, today: date) -> dict[str, str | None]:
    """Each person's unit: that of the employment that leads today."""
    alone = select(Employee.employee_id, Employee.unit).where(
        Employee.tenant_id == tenant_id, Employee.person_id.is_(None)
    )
    found: dict[str, str | None] = {row.employee_id: row.unit for row in conn.execute(alone)}
    several = employments_of_persons(conn, tenant_id, Employee.person_id.is_not(None))
    day = today.toordinal()
    return found | {person: leading(own, day).unit for person, own in several.items()}


def employments_of_persons(
    conn: Connection, tenant_id: str, *of: ColumnElement[bool]
) -> dict[str, list[Employment]]:
    """The employments of each person, of some or of all."""
    rows = conn.execute(select(Employee.__table__).where(Employee.tenant_id == tenant_id, *of))
    own: defaultdict[str, list[Employment]] = defaultdict(list)
    for employment in map(employee_from, rows):
        own[employment.person].append(employment)
    return own


def _drop_persons(conn: Connection, key: Key) -> None:
    conn.execute(
        delete(BacktestPerson).where(
            BacktestPerson.tenant_id == key[0], BacktestPerson.backtest_id == key[1]
        )
    )
