"""From what reconciliation and people decided to the notices that tell it."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.engine import Connection

from app.delivery.payloads import Notice, flag_data, referral_data
from app.flags.picture import Flag, Outcome
from app.referrals.store import referral_rows


def notices_of(
    conn: Connection,
    tenant_id: str,
    employee_id: str,
    outcome: Outcome,
    action_of: Callable[[Flag], str],
) -> list[Notice]:
    """A notice for each message of the outcome, once its changes are stored."""
    referrals = referral_rows(conn, tenant_id, {m.referral for m in outcome.messages if m.referral})
    notices = []
    for message in outcome.messages:
        if message.referral:
            notices.append(referral_notice(message.type, referrals[message.referral]))
        elif message.flag:
            flag = outcome.picture.flag(message.flag)
            data = flag_data(flag, employee_id=employee_id, action=action_of(flag))
            notices.append(Notice(message.type, data))
    return notices


def referral_notice(message_type: str, row: Any) -> Notice:
    """A notice about a stored referral."""
    return Notice(
        message_type,
        referral_data(row),
        provider_id=row.provider_id,
        consented=row.feedback_consent_on is not None,
    )
