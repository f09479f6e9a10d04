"""From what reconciliation and people decided to the notices that tell it."""

from datetime import date
from typing import Any

from sqlalchemy.engine import Connection

from app.delivery.payloads import Notice, flag_data, referral_data
from app.flags.picture import Message, Outcome
from app.referrals.casebook import Case
from app.referrals.store import referral_rows


def notices_of(conn: Connection, tenant_id: str, case: Case, outcome: Outcome) -> list[Notice]:
    """A notice for each message of the outcome, once its changes are stored."""
    referrals = referral_rows(conn, tenant_id, {m.referral for m in outcome.messages if m.referral})
    return [_notice(message, case, outcome, referrals) for message in outcome.messages]


def _notice(message: Message, case: Case, outcome: Outcome, referrals: dict[str, Any]) -> Notice:
    if message.referral:
        return referral_notice(message.type, referrals[message.referral])
    flag = outcome.picture.flag(message.flag or "")
    data = flag_data(
        flag,
        employee_id=case.employee.employee_id,
        action=case.rule_of(flag).document.action,
        on=date.fromordinal(flag.on).isoformat(),
    )
    return Notice(message.type, data)


def referral_notice(message_type: str, row: Any) -> Notice:
    """A notice about a stored referral."""
    return Notice(
        message_type,
        referral_data(row),
        provider_id=row.provider_id,
        consented=row.feedback_consent_on is not None,
    )
