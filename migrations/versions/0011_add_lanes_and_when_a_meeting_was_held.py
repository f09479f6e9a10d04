"""Add a lane for what the employer is not told, and when a meeting was recorded as held."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

SEEN_BY_NOBODY_ELSE = """
    UPDATE deliveries SET unseen = true WHERE state = 'pending' AND EXISTS (
        SELECT 1 FROM messages
        WHERE messages.tenant_id = deliveries.tenant_id
        AND messages.message_id = deliveries.message_id
        AND messages.employer_data IS NULL)
"""
HELD_MEETINGS = "UPDATE meetings SET recorded_at = changed_at WHERE state = 'held'"


def upgrade() -> None:
    """Expand: the code already running must go on working."""
    with op.batch_alter_table("webhook_endpoints", schema=None) as batch_op:
        batch_op.add_column(sa.Column("unseen_not_before", Instant(), nullable=True))
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("unseen", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recorded_at", Instant(), nullable=True))
    op.execute(SEEN_BY_NOBODY_ELSE)
    op.execute(HELD_MEETINGS)


def downgrade() -> None:
    """Back to the revision before."""
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_column("recorded_at")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_column("unseen")
    with op.batch_alter_table("webhook_endpoints", schema=None) as batch_op:
        batch_op.drop_column("unseen_not_before")
