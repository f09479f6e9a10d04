"""Months in which units were looked at, and what was found of each unit."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Json, TenantTable


class SignalMonth(TenantTable):
    """A month that was judged, once and for good: `month` as `app.reports.months` counts it."""

    __tablename__ = "signal_months"

    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    judged_at: Mapped[datetime]


class UnitSignal(TenantTable):
    """What was found of a unit. `state`: `signal`, `none` or `not_judged`, and then `reason`.

    `figures`: of a signal, as it was told. What is reported late changes nothing of it.
    """

    __tablename__ = "unit_signals"
    __table_args__ = (
        Index(None, "tenant_id", "state", "month"),
        ForeignKeyConstraint(
            ["tenant_id", "month"], ["signal_months.tenant_id", "signal_months.month"]
        ),
    )

    month: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    unit: Mapped[str] = mapped_column(String(200), primary_key=True)
    state: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str | None] = mapped_column(String(30))
    figures: Mapped[dict[str, Any] | None] = mapped_column(Json)
