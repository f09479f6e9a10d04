"""The health talk (hälsosamtal) that a booking makes: it follows the referral, move by move."""

from datetime import datetime
from typing import Any

from sqlalchemy.engine import Connection

from app.core.ids import new_id
from app.meetings.store import add_meeting, change_meeting, planned_of_referral

TALK_MINUTES = 60


def follow_talk(
    conn: Connection, before: Any, after: Any, party: str, now: datetime
) -> list[tuple[str, Any]]:
    """Plan, move, call off or hold the talk as its referral moves; answers what to tell of it.

    `before` and `after` are the referral's rows; what is told: the message's type and the row.
    """
    planned = [
        row
        for row in planned_of_referral(conn, after.tenant_id, after.referral_id)
        if row.kind == "health_talk"
    ]
    if after.state == "booked":
        booked = _booked(conn, planned, after, party, now)
        return [("meeting.planned", booked)] if booked is not None else []
    if before.state != "booked" or not planned:
        return []
    if after.state == "talk_held":
        change_meeting(conn, planned[0], {"state": "held", "recorded_at": now}, now)
        return []
    if after.state == "accepted":
        called_off = change_meeting(conn, planned[0], {"state": "cancelled"}, now)
        return [("meeting.cancelled", called_off)]
    return []


def _booked(
    conn: Connection, planned: list[Any], referral: Any, party: str, now: datetime
) -> Any | None:
    """The talk as it is planned now; None when nothing has changed in it."""
    when = {"starts_at": referral.talk_starts_at, "mode": referral.talk_mode}
    if planned and all(getattr(planned[0], name) == value for name, value in when.items()):
        return None
    if planned:
        return change_meeting(conn, planned[0], when, now)
    values = {
        "meeting_id": new_id("mtg"),
        "employee_id": referral.employee_id,
        "referral_id": referral.referral_id,
        "assignment": referral.assignment,
        "kind": "health_talk",
        "state": "planned",
        "minutes": TALK_MINUTES,
        "participants": ["employee", "provider"],
        "points": [],
        "party": party,
        "created_at": now,
        "changed_at": now,
        **when,
    }
    return add_meeting(conn, referral.tenant_id, values)
