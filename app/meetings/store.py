"""All SQL about single meetings; series, calendars and guides have their own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Select, insert, select, update
from sqlalchemy.engine import Connection, Row

from app.core.db import the_one
from app.core.pages import Cut, cut_page
from app.meetings.tables import Meeting
from app.referrals.tables import Referral


def add_meeting(conn: Connection, tenant_id: str, values: Mapping[str, Any]) -> Row[Any]:
    """Store a new meeting; answers its row."""
    conn.execute(insert(Meeting).values(tenant_id=tenant_id, sequence=0, **values))
    return meeting_row(conn, tenant_id, values["meeting_id"])


def change_meeting(
    conn: Connection, row: Row[Any], values: Mapping[str, Any], now: datetime
) -> Row[Any]:
    """Overwrite what is stored of a meeting and count the change; answers its row."""
    conn.execute(
        update(Meeting)
        .where(Meeting.tenant_id == row.tenant_id, Meeting.meeting_id == row.meeting_id)
        .values(sequence=Meeting.sequence + 1, changed_at=now, **values)
    )
    return meeting_row(conn, row.tenant_id, row.meeting_id)


def meeting_row(conn: Connection, tenant_id: str, meeting_id: str) -> Row[Any]:
    """One meeting, whoever may see it; raises NotFound."""
    own = (Meeting.tenant_id == tenant_id, Meeting.meeting_id == meeting_id)
    return the_one(conn, select(Meeting.__table__).where(*own))


def seen_meeting_row(
    conn: Connection, tenant_id: str, meeting_id: str, *, provider_id: str | None
) -> Row[Any]:
    """One meeting that the employer (no provider) or that provider may see; raises NotFound."""
    wanted = _seen(tenant_id, provider_id).where(Meeting.meeting_id == meeting_id)
    return the_one(conn, wanted)


def meetings_page(
    conn: Connection,
    tenant_id: str,
    cut: Cut,
    *,
    provider_id: str | None,
    filters: Mapping[str, str | None],
) -> tuple[list[Row[Any]], str | None]:
    """One page of the meetings that the caller may see; filters by column name, where given."""
    rows = _seen(tenant_id, provider_id)
    for name, value in filters.items():
        if value is not None:
            rows = rows.where(getattr(Meeting, name) == value)
    return cut_page(conn, rows, Meeting.meeting_id, cut)


def _seen(tenant_id: str, provider_id: str | None) -> Select[Any]:
    """A provider sees what belongs to a referral addressed to it, since it is.

    The employer sees all but health talks (hälsosamtal) without consent, which is consent to
    feedback from the provider the referral is with now.
    """
    rows = (
        select(Meeting.__table__)
        .outerjoin(
            Referral,
            (Referral.tenant_id == Meeting.tenant_id)
            & (Referral.referral_id == Meeting.referral_id),
        )
        .where(Meeting.tenant_id == tenant_id)
    )
    of_this_provider = Meeting.assignment.is_not_distinct_from(Referral.assignment)
    if provider_id is not None:
        return rows.where(Referral.provider_id == provider_id, of_this_provider)
    consented = Referral.feedback_consent_on.is_not(None) & of_this_provider
    return rows.where((Meeting.kind != "health_talk") | consented)


def planned_after(conn: Connection, tenant_id: str, now: datetime) -> list[Row[Any]]:
    """The planned meetings to come that the employer knows of, whatever it may see of talks."""
    return list(
        conn.execute(
            select(Meeting.__table__)
            .where(Meeting.tenant_id == tenant_id, Meeting.state == "planned")
            .where(Meeting.kind != "health_talk", Meeting.starts_at > now)
            .order_by(Meeting.meeting_id)
        )
    )


def planned_of_referral(conn: Connection, tenant_id: str, referral_id: str) -> list[Row[Any]]:
    """The meetings of a referral that are planned."""
    return list(
        conn.execute(
            select(Meeting.__table__)
            .where(Meeting.tenant_id == tenant_id, Meeting.referral_id == referral_id)
            .where(Meeting.state == "planned")
            .order_by(Meeting.meeting_id)
        )
    )
