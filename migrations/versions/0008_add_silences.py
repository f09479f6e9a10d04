"""Add silences: days on which rules do not act on an employee, a unit's employees or anybody."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand: the code already running must go on working."""
    op.create_table(
        "silences",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("silence_id", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.String(length=40), nullable=True),
        sa.Column("unit", sa.String(length=200), nullable=True),
        sa.Column("rule_id", sa.String(length=40), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("ended_by", sa.String(length=200), nullable=True),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.employee_id"],
            name=op.f("fk_silences_tenant_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "rule_id"],
            ["rules.tenant_id", "rules.rule_id"],
            name=op.f("fk_silences_tenant_id_rule_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "silence_id", name=op.f("pk_silences")),
    )
    op.create_index(
        op.f("ix_silences_tenant_id_employee_id"), "silences", ["tenant_id", "employee_id"]
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_index(op.f("ix_silences_tenant_id_employee_id"), table_name="silences")
    op.drop_table("silences")
