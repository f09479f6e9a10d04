"""Add backtests: questions to the stored history, and whom they named."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant, Json

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand: the code already running must go on working."""
    op.create_table(
        "backtests",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("backtest_id", sa.String(length=40), nullable=False),
        sa.Column("asked", Json, nullable=False),
        sa.Column("with_persons", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("counts", Json, nullable=True),
        sa.Column("problem", sa.String(length=60), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("lease_by", sa.String(length=40), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "backtest_id", name=op.f("pk_backtests")),
    )
    with op.batch_alter_table("backtests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_backtests_state"), ["state"])
        batch_op.create_index(
            batch_op.f("ix_backtests_tenant_id_created_at"), ["tenant_id", "created_at"]
        )
    op.create_table(
        "backtest_persons",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("backtest_id", sa.String(length=40), nullable=False),
        sa.Column("found_id", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.String(length=40), nullable=False),
        sa.Column("rule", sa.String(length=64), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("change", sa.String(length=20), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "backtest_id"],
            ["backtests.tenant_id", "backtests.backtest_id"],
            name=op.f("fk_backtest_persons_tenant_id_backtest_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "backtest_id", "found_id", name=op.f("pk_backtest_persons")
        ),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("backtest_persons")
    op.drop_table("backtests")
