"""Trainings and work-group dialogues (arbetsplatsträff, APT), dated, for an audience."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, TenantTable


class Activity(TenantTable):
    """An activity; a yearly one that was held has planned the next, which names it."""

    __tablename__ = "activities"

    activity_id: Mapped[str] = mapped_column(Id, primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    topic: Mapped[str] = mapped_column(String(40))
    audience: Mapped[str] = mapped_column(String(40))
    unit: Mapped[str | None] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10))
    planned_on: Mapped[date]
    held_on: Mapped[date | None]
    attended: Mapped[int | None]
    yearly: Mapped[bool]
    follows: Mapped[str | None] = mapped_column(Id)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
