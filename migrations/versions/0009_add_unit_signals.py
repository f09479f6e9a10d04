"""Add what is found of units, month by month."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant, Json

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand: the code already running must go on working."""
    op.create_table(
        "signal_months",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("judged_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "month", name=op.f("pk_signal_months")),
    )
    op.create_table(
        "unit_signals",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=30), nullable=True),
        sa.Column("figures", Json, nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "month"],
            ["signal_months.tenant_id", "signal_months.month"],
            name=op.f("fk_unit_signals_tenant_id_signal_months"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "month", "unit", name=op.f("pk_unit_signals")),
    )
    with op.batch_alter_table("unit_signals", schema=None) as batch_op:
        batch_op.create_index(
            op.f("ix_unit_signals_tenant_id_state_month"),
            ["tenant_id", "state", "month"],
            unique=False,
        )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("unit_signals")
    op.drop_table("signal_months")
