"""From what reconciliation and people decided to the notices that tell it."""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection

from app.delivery.payloads import Notice, flag_data, meeting_data, referral_data
from app.flags.picture import Flag, Outcome
from app.referrals.deadlines import STEP_OF
from app.referrals.store import referral_rows
from app.referrals.view import View


def notices_of(
    conn: Connection,
    tenant_id: str,
    employee_of: Callable[[Flag], str],
    outcome: Outcome,
    action_of: Callable[[Flag], str],
    proposal_of: Callable[[Flag], str | None],
) -> list[Notice]:
    """A notice for each message of the outcome, once its changes are stored."""
    referrals = referral_rows(conn, tenant_id, {m.referral for m in outcome.messages if m.referral})
    notices = []
    for message in outcome.messages:
        if message.referral:
            notices.append(referral_notice(message.type, referrals[message.referral]))
        elif message.flag:
            flag = outcome.picture.flag(message.flag)
            data = flag_data(
                flag,
                employee_id=employee_of(flag),
                action=action_of(flag),
                proposes=proposal_of(flag),
            )
            notices.append(Notice(message.type, data, data))
    return notices


def referral_notice(message_type: str, row: Any, *, before: Any = None) -> Notice:
    """A notice about a stored referral.

    `before`: the row as it was. Where nothing has changed in what the employer sees, it is not
    told: that something happened is itself the provider's secret.
    """
    view = View.of("employer", row)
    seen = {**referral_data(row), "state": view.state(row.state)}
    told = before is None or view.consented or _seen(before) != _seen(row)
    return Notice(message_type, referral_data(row), seen if told else None, row.provider_id)


def _seen(row: Any) -> tuple[Any, ...]:
    return (View.of("employer", row).state(row.state), row.provider_id)


def overdue_notices(row: Any, *, step: bool, shown: bool) -> list[Notice]:
    """That a deadline has passed: the step's own, and the one that the employer sees.

    While the step is the provider's secret these are two notices, also when both pass at once:
    that they coincide would tell something.
    """
    view = View.of("employer", row)
    of_step = _overdue(row, row.state, STEP_OF[row.state], row.step_due_on)
    if view.is_whole(row.state):
        return [Notice("referral.overdue", of_step, of_step, row.provider_id)] if step else []
    of_all = _overdue(row, view.state(row.state), None, row.shown_due_on)
    to_provider = [Notice("referral.overdue", of_step, None, row.provider_id)] if step else []
    return to_provider + ([Notice("referral.overdue", of_all, of_all)] if shown else [])


def _overdue(row: Any, state: str, step: str | None, due_on: date | None) -> dict[str, Any]:
    due = due_on.isoformat() if due_on else None
    return {**referral_data(row), "state": state, "step": step, "due_on": due}


def meeting_notice(message_type: str, row: Any, referral: Any = None) -> Notice:
    """A notice about a stored meeting; `referral`: the row of the one it belongs to, if any.

    A health talk (hälsosamtal) is the provider's secret until the employee consents.
    """
    data = meeting_data(row)
    secret = row.kind == "health_talk" and not (referral and referral.feedback_consent_on)
    provider_id = referral.provider_id if referral else None
    return Notice(message_type, data, None if secret else data, provider_id)
