"""Decisions about a referral: its moves."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.engine import Connection

from app.absences.store import lock_employees
from app.decisions.refusals import InvalidTransition
from app.delivery.notices import referral_notice
from app.delivery.outbox import tell
from app.pipeline import look_again
from app.referrals.moves import Call, Party, allowed_calls, next_state
from app.referrals.store import note_move, referral_row, set_state


@dataclass(frozen=True, slots=True)
class Step:
    """A move by a person or a provider, with a reason code where it has one."""

    call: Call
    party: Party
    actor: str | None = None
    reason: str | None = None
    provider_id: str | None = None


def move(conn: Connection, tenant_id: str, referral_id: str, step: Step, now: datetime) -> None:
    """Move a referral and tell it; raises NotFound, or InvalidTransition naming what is allowed."""
    row = referral_row(conn, tenant_id, referral_id, provider_id=step.provider_id)
    lock_employees(conn, tenant_id, [row.employee_id])
    row = referral_row(conn, tenant_id, referral_id, provider_id=step.provider_id)
    target = next_state(step.call, row.state)
    if target is None:
        raise InvalidTransition(allowed=allowed_calls(row.state, step.party))
    if target == row.state:
        return
    set_state(conn, tenant_id, referral_id, target, now)
    note_move(
        conn,
        tenant_id,
        referral_id,
        party=step.party,
        actor=step.actor,
        source=row.state,
        target=target,
        reason=step.reason,
        now=now,
    )
    moved = referral_row(conn, tenant_id, referral_id)
    tell(conn, tenant_id, [referral_notice("referral.updated", moved)], now)
    look_again(conn, tenant_id, [row.employee_id], now)
