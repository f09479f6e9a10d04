"""Meetings, the series whose slots they are booked into, calendar feeds, conversation guides.

A meeting says who met, when, and which points were taken up; nothing says what was said.
"""

from datetime import date, datetime

from sqlalchemy import ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, Json, TenantTable


class Meeting(TenantTable):
    """A meeting about one employee, planned, held or cancelled.

    `asked_about_violence`: whether the question was asked; the answer has no column.
    `assignment`: that of its referral when it was planned. `occurrence` and `slot` place it in
    its series; `sequence` counts changes for calendars. `recorded_at`: when it was recorded as
    held, which may be long after.
    """

    __tablename__ = "meetings"
    __table_args__ = (
        Index(None, "tenant_id", "employee_id"),
        Index(None, "tenant_id", "referral_id"),
        Index(None, "tenant_id", "series_id", "occurrence"),
        ForeignKeyConstraint(
            ["tenant_id", "employee_id"], ["employees.tenant_id", "employees.employee_id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "referral_id"], ["referrals.tenant_id", "referrals.referral_id"]
        ),
        ForeignKeyConstraint(
            ["tenant_id", "series_id"], ["meeting_series.tenant_id", "meeting_series.series_id"]
        ),
    )

    meeting_id: Mapped[str] = mapped_column(Id, primary_key=True)
    employee_id: Mapped[str] = mapped_column(Id)
    referral_id: Mapped[str | None] = mapped_column(Id)
    assignment: Mapped[int | None]
    series_id: Mapped[str | None] = mapped_column(Id)
    occurrence: Mapped[date | None]
    slot: Mapped[int | None]
    kind: Mapped[str] = mapped_column(String(20))
    state: Mapped[str] = mapped_column(String(10))
    starts_at: Mapped[datetime]
    minutes: Mapped[int]
    mode: Mapped[str | None] = mapped_column(String(10))
    participants: Mapped[list[str]] = mapped_column(Json)
    consent_on: Mapped[date | None]
    asked_about_violence: Mapped[str | None] = mapped_column(String(3))
    points: Mapped[list[str]] = mapped_column(Json)
    work_status: Mapped[str | None] = mapped_column(String(30))
    party: Mapped[str] = mapped_column(String(20))
    sequence: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    recorded_at: Mapped[datetime | None]


class Series(TenantTable):
    """Recurring meeting times: every `interval_weeks` weeks from `first_day`, `slots` in a row.

    `at` is a local time of the tenant's, HH:MM; each slot lasts `slot_minutes` and takes
    `capacity` meetings.
    """

    __tablename__ = "meeting_series"

    series_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    unit: Mapped[str | None] = mapped_column(String(200))
    first_day: Mapped[date]
    last_day: Mapped[date | None]
    at: Mapped[str] = mapped_column(String(5))
    interval_weeks: Mapped[int]
    slots: Mapped[int]
    slot_minutes: Mapped[int]
    capacity: Mapped[int]
    participants: Mapped[list[str]] = mapped_column(Json)
    sequence: Mapped[int]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class Occurrence(TenantTable):
    """One date of a series that differs from the rule: moved, or cancelled."""

    __tablename__ = "series_occurrences"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "series_id"], ["meeting_series.tenant_id", "meeting_series.series_id"]
        ),
    )

    series_id: Mapped[str] = mapped_column(Id, primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    moved_to: Mapped[date | None]
    moved_at: Mapped[str | None] = mapped_column(String(5))
    cancelled: Mapped[bool]
    sequence: Mapped[int]
    changed_at: Mapped[datetime]


class Feed(TenantTable):
    """A calendar address of a series or a manager: secret, of which a digest is kept; revocable."""

    __tablename__ = "calendar_feeds"
    __table_args__ = (UniqueConstraint("tenant_id", "digest"),)

    feed_id: Mapped[str] = mapped_column(Id, primary_key=True)
    digest: Mapped[str] = mapped_column(String(64))
    series_id: Mapped[str | None] = mapped_column(Id)
    manager_id: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class Guide(TenantTable):
    """A tenant's own conversation guide for a kind of meeting, in place of the built-in one."""

    __tablename__ = "guides"

    kind: Mapped[str] = mapped_column(String(20), primary_key=True)
    points: Mapped[list[dict[str, str]]] = mapped_column(Json)
    changed_at: Mapped[datetime]
