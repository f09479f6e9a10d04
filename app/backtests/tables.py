"""Backtests: what was asked, how far the answer has come, and the answer."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, TenantTable


class Backtest(TenantTable):
    """A question to the stored history: what would these rules have said of everybody.

    `asked`: the question with every rule as a document, fixed when it was put. `state`: `queued`,
    `running`, `done`, `failed`, `cancelled`. `lease_by` fences: who works writes nothing without
    it. What has been counted so far is in the memory of who works: another begins again.
    """

    __tablename__ = "backtests"
    __table_args__ = (Index(None, "state"), Index(None, "tenant_id", "created_at"))

    backtest_id: Mapped[str] = mapped_column(Id, primary_key=True)
    asked: Mapped[dict[str, Any]]
    with_persons: Mapped[bool] = mapped_column(server_default=false())
    state: Mapped[str] = mapped_column(String(20))
    progress: Mapped[float]
    counts: Mapped[dict[str, Any] | None]
    problem: Mapped[str | None] = mapped_column(String(60))
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    attempts: Mapped[int]
    lease_by: Mapped[str | None] = mapped_column(Id)
    lease_until: Mapped[datetime | None]


class BacktestPerson(TenantTable):
    """Somebody whom a rule would have flagged, and the day; kept only where it was asked for."""

    __tablename__ = "backtest_persons"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "backtest_id"], ["backtests.tenant_id", "backtests.backtest_id"]
        ),
    )

    backtest_id: Mapped[str] = mapped_column(Id, primary_key=True)
    found_id: Mapped[str] = mapped_column(Id, primary_key=True)
    employee_id: Mapped[str] = mapped_column(Id)
    rule: Mapped[str] = mapped_column(String(64))
    on: Mapped[date]
    change: Mapped[str | None] = mapped_column(String(20))
