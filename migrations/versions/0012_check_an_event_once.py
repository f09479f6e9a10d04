"""Check an event's employee once, by its absence: the foreign key of events goes."""

from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NAME = "fk_events_tenant_id_employee_id"


def upgrade() -> None:
    """Less is refused than before, and the code already running stores nothing else than before."""
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_constraint(op.f(_NAME), type_="foreignkey")


def downgrade() -> None:
    """Back to the revision before."""
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_foreign_key(
            op.f(_NAME),
            "employees",
            ["tenant_id", "employee_id"],
            ["tenant_id", "employee_id"],
        )
