"""All SQL about mails."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update
from sqlalchemy.engine import Connection, Row

from app.core.ids import new_id
from app.mail.tables import Mail


def add_mail(
    conn: Connection,
    tenant_id: str,
    recipient: str,
    *,
    slot: datetime,
    waiting: int,
    again: int,
    now: datetime,
) -> None:
    """Write a mail that goes out at `slot`.

    A row of its own each time: a shared one that counts would make everybody who tells HR of
    something wait for everybody else. They are joined when they are sent.
    """
    conn.execute(
        insert(Mail).values(
            tenant_id=tenant_id,
            mail_id=new_id("eml"),
            recipient=recipient,
            slot=slot,
            waiting=waiting,
            again=again,
            state="pending",
            attempts=0,
            next_at=slot,
            created_at=now,
        )
    )


def anything_due(conn: Connection, now: datetime, *, slot_before: datetime | None = None) -> bool:
    """Whether some mail is due that nobody is at: a look without a lock.

    `slot_before`: of those alone that ought to have gone out before then.
    """
    due = select(Mail.mail_id).where(*_free(now), Mail.next_at <= now)
    if slot_before is not None:
        due = due.where(Mail.slot < slot_before)
    return conn.execute(due.limit(1)).first() is not None


def drop_older(conn: Connection, than: datetime, now: datetime) -> int:
    """Send no more what ought to have gone out before then; answers how many those were."""
    done = conn.execute(
        update(Mail)
        .where(*_free(now), Mail.next_at <= now, Mail.slot < than)
        .values(state="expired", next_at=None)
    )
    return done.rowcount


def due_heads(conn: Connection, now: datetime, *, limit: int) -> Sequence[Any]:
    """The first mail of each recipient that something is due for, the longest due first."""
    head = func.min(Mail.mail_id)
    return conn.execute(
        select(Mail.tenant_id, head.label("mail_id"))
        .where(*_free(now), Mail.slot <= now)
        .group_by(Mail.tenant_id, Mail.recipient)
        .having(func.min(Mail.next_at) <= now)
        .order_by(func.min(Mail.next_at), head)
        .limit(limit)
    ).all()


def lease(
    conn: Connection, tenant_id: str, mail_id: str, *, by: str, now: datetime, until: datetime
) -> bool:
    """Take a mail until then; False when another process has taken it meanwhile."""
    done = conn.execute(
        update(Mail)
        .where(Mail.tenant_id == tenant_id, Mail.mail_id == mail_id, *_free(now))
        .values(lease_by=by, lease_until=until)
    )
    return done.rowcount == 1


def joined(conn: Connection, tenant_id: str, mail_id: str, now: datetime) -> Row[Any]:
    """A mail just taken, with all in it that waits for the same recipient by now.

    What is joined to it is no mail of its own any more. The newest says when it is too old, and
    the freshest how often it was tried, so that what is new is not given up with what is old.
    """
    taken = _row(conn, tenant_id, mail_id)
    rest = conn.execute(
        select(Mail.mail_id, Mail.waiting, Mail.again, Mail.slot, Mail.attempts)
        .where(Mail.tenant_id == tenant_id, Mail.recipient == taken.recipient)
        .where(*_free(now), Mail.slot <= now)
        .with_for_update(skip_locked=True)
    ).all()
    if not rest:
        return taken
    mine = (Mail.tenant_id == tenant_id, Mail.mail_id.in_([row.mail_id for row in rest]))
    conn.execute(delete(Mail).where(*mine))
    everything = [taken, *rest]
    conn.execute(
        update(Mail)
        .where(Mail.tenant_id == tenant_id, Mail.mail_id == mail_id)
        .values(
            waiting=sum(row.waiting for row in everything),
            again=sum(row.again for row in everything),
            slot=max(row.slot for row in everything),
            attempts=min(row.attempts for row in everything),
        )
    )
    return _row(conn, tenant_id, mail_id)


def settle(conn: Connection, mail: Row[Any], *, state: str, next_at: datetime | None) -> bool:
    """Give a mail back after an attempt; False when the lease was lost meanwhile."""
    done = conn.execute(
        update(Mail)
        .where(Mail.tenant_id == mail.tenant_id, Mail.mail_id == mail.mail_id)
        .where(Mail.lease_by == mail.lease_by)
        .values(
            state=state,
            next_at=next_at,
            attempts=mail.attempts + 1,
            lease_by=None,
            lease_until=None,
        )
    )
    return done.rowcount == 1


def _row(conn: Connection, tenant_id: str, mail_id: str) -> Row[Any]:
    own = (Mail.tenant_id == tenant_id, Mail.mail_id == mail_id)
    return conn.execute(select(Mail.__table__).where(*own)).one()


def _free(now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Still to be sent, and nobody is at it."""
    return Mail.state == "pending", or_(Mail.lease_until.is_(None), Mail.lease_until <= now)
