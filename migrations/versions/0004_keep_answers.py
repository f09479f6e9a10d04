"""Keep the answers to requests with an Idempotency-Key."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand: the code already running must go on working."""
    op.create_table(
        "idempotency_keys",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("etag", sa.String(length=64), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key_id", "digest", name=op.f("pk_idempotency_keys")),
    )
    op.create_index(
        op.f("ix_idempotency_keys_tenant_id_expires_at"),
        "idempotency_keys",
        ["tenant_id", "expires_at"],
        unique=False,
    )


def downgrade() -> None:
    """Without the table."""
    op.drop_index(op.f("ix_idempotency_keys_tenant_id_expires_at"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
