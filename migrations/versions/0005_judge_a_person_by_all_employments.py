"""Judge a person by all employments.

Employments that have the same personal number already are joined here, and looked at at once.
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_JOIN_SAME_NUMBERS = """
    UPDATE employees SET person_id = (
        SELECT other.employee_id FROM persons mine
        JOIN persons same ON same.tenant_id = mine.tenant_id
            AND same.personal_hash = mine.personal_hash
        JOIN employees other ON other.tenant_id = same.tenant_id
            AND other.employee_id = same.employee_id
        WHERE mine.tenant_id = employees.tenant_id AND mine.employee_id = employees.employee_id
        ORDER BY other.number LIMIT 1
    )
    WHERE EXISTS (
        SELECT 1 FROM persons mine
        JOIN persons same ON same.tenant_id = mine.tenant_id
            AND same.personal_hash = mine.personal_hash
            AND same.employee_id <> mine.employee_id
        WHERE mine.tenant_id = employees.tenant_id AND mine.employee_id = employees.employee_id
    )
"""


def upgrade() -> None:
    """Expand: the code already running must go on working."""
    with op.batch_alter_table("employees", schema=None) as batch_op:
        batch_op.add_column(sa.Column("person_id", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("joined_as", sa.String(length=40), nullable=True))
        for column in ("person_id", "joined_as"):
            batch_op.create_index(
                batch_op.f(f"ix_employees_tenant_id_{column}"),
                ["tenant_id", column],
                unique=False,
                sqlite_where=sa.text(f"{column} IS NOT NULL"),
                postgresql_where=sa.text(f"{column} IS NOT NULL"),
            )
    op.execute(_JOIN_SAME_NUMBERS)
    op.execute("UPDATE employees SET due_on = CURRENT_DATE WHERE employee_id = person_id")


def downgrade() -> None:
    """Back to the revision before. Not by a copy of the table: others refer to its rows."""
    for column in ("joined_as", "person_id"):
        op.drop_index(op.f(f"ix_employees_tenant_id_{column}"), table_name="employees")
        op.drop_column("employees", column)
