"""Add what rules with several versions need: who activated which, rungs of ladders, shadow."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant, Json

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_COUNTED = {"server_default": "1", "nullable": False}
_COLUMNS: dict[str, dict[str, tuple[Any, dict[str, Any]]]] = {
    "rules": {
        "revision": (sa.Integer(), _COUNTED),
        "retired_at": (Instant(), {}),
        "shadow_version": (sa.Integer(), {}),
        "shadow_from": (sa.Date(), {}),
        "shadow_until": (sa.Date(), {}),
    },
    "rule_versions": {
        "activated_at": (Instant(), {}),
        "activated_by": (sa.String(length=40), {}),
    },
    "flags": {"rung": (sa.Integer(), _COUNTED)},
}
_INDEXES = (["tenant_id", "employee_id"], ["tenant_id", "rule_id", "version", "employee_id"])


def upgrade() -> None:
    """Expand: the code already running must go on working."""
    for table, columns in _COLUMNS.items():
        for name, (kind, more) in columns.items():
            op.add_column(table, sa.Column(name, kind, **more))
    op.create_table(
        "shadow_decisions",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("decision_id", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.String(length=40), nullable=False),
        sa.Column("rule_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rung", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("referral_id", sa.String(length=40), nullable=True),
        sa.Column("decided_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.employee_id"],
            name=op.f("fk_shadow_decisions_tenant_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "rule_id", "version"],
            ["rule_versions.tenant_id", "rule_versions.rule_id", "rule_versions.version"],
            name=op.f("fk_shadow_decisions_tenant_id_rule_id_version"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "decision_id", name=op.f("pk_shadow_decisions")),
    )
    for columns in _INDEXES:
        name = op.f(f"ix_shadow_decisions_{'_'.join(columns)}")
        op.create_index(name, "shadow_decisions", columns, unique=False)


def downgrade() -> None:
    """Back to the revision before. Not by a copy of the tables: others refer to their rows."""
    op.drop_table("shadow_decisions")
    for table, columns in _COLUMNS.items():
        for column in columns:
            op.drop_column(table, column)
