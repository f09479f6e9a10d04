"""Rules and their versions. A version's document never changes."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Id, TenantTable


class Rule(TenantTable):
    """A rule by the employer's own name for it; `active_version` is the one in force.

    `revision` counts whatever is changed of it. `shadow_version` runs beside the one in force from
    `shadow_from` through `shadow_until`, and never acts.
    """

    __tablename__ = "rules"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    rule_id: Mapped[str] = mapped_column(Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(63))
    active_version: Mapped[int | None]
    created_at: Mapped[datetime]
    revision: Mapped[int] = mapped_column(server_default="1")
    retired_at: Mapped[datetime | None]
    shadow_version: Mapped[int | None]
    shadow_from: Mapped[date | None]
    shadow_until: Mapped[date | None]


class RuleVersion(TenantTable):
    """One version. `live_from`: the first day whose triggers may act, once it was activated.

    `activated_at`, `activated_by`: when it last was, live or in shadow, and by which key.
    """

    __tablename__ = "rule_versions"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "rule_id"], ["rules.tenant_id", "rules.rule_id"]),
    )

    rule_id: Mapped[str] = mapped_column(Id, primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    document: Mapped[dict[str, Any]]
    content_hash: Mapped[str] = mapped_column(String(64))
    live_from: Mapped[date | None]
    created_at: Mapped[datetime]
    activated_at: Mapped[datetime | None]
    activated_by: Mapped[str | None] = mapped_column(Id)
