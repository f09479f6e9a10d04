"""The sources a tenant is heard from, and which of them have fallen silent."""

from datetime import date, datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Json, TenantTable


class Feed(TenantTable):
    """A source by when it was heard from: when something of it arrived, whatever it was about.

    `last_heard_at` is true to the quarter of an hour. `days`: the local days of the last half
    year on which it was heard, in order; `heard_on` the last of them. `silent_since`: the day its
    silence was told, null once it was told to be back; `usual_interval` is of that silence.
    `looked_on`: the last day it was judged.
    """

    __tablename__ = "feeds"

    source: Mapped[str] = mapped_column(String(200), primary_key=True)
    first_heard_at: Mapped[datetime]
    last_heard_at: Mapped[datetime]
    heard_on: Mapped[date]
    days: Mapped[list[str]] = mapped_column(Json)
    silent_since: Mapped[date | None]
    usual_interval: Mapped[int | None]
    looked_on: Mapped[date | None]
