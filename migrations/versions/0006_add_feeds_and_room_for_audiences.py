"""Add feeds (the sources heard from), and room for the longest audience of an activity."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant, Json

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand: the code already running must go on working."""
    op.create_table(
        "feeds",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("first_heard_at", Instant(), nullable=False),
        sa.Column("last_heard_at", Instant(), nullable=False),
        sa.Column("heard_on", sa.Date(), nullable=False),
        sa.Column("days", Json, nullable=False),
        sa.Column("silent_since", sa.Date(), nullable=True),
        sa.Column("usual_interval", sa.Integer(), nullable=True),
        sa.Column("looked_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "source", name=op.f("pk_feeds")),
    )
    with op.batch_alter_table("activities", schema=None) as batch_op:
        batch_op.alter_column(
            "audience", existing_type=sa.String(length=20), type_=sa.String(length=40)
        )


def downgrade() -> None:
    """Back to the revision before."""
    with op.batch_alter_table("activities", schema=None) as batch_op:
        batch_op.alter_column(
            "audience", existing_type=sa.String(length=40), type_=sa.String(length=20)
        )
    op.drop_table("feeds")
