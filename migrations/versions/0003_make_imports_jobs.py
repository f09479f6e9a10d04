"""Make imports jobs: resumable, cancellable, with their file and their errors."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant, Json

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand: the code already running must go on working."""
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("stage", sa.String(length=10), server_default="over", nullable=False)
        )
        batch_op.add_column(sa.Column("fingerprint", sa.String(length=64), nullable=True))
        batch_op.add_column(
            sa.Column("local", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(
            sa.Column("dry_run", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        batch_op.add_column(sa.Column("mode", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("mapping", Json, nullable=True))
        batch_op.add_column(sa.Column("bytes_total", sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column("rows_total", sa.Integer(), nullable=True))
        batch_op.add_column(
            sa.Column("rows_done", sa.Integer(), server_default="0", nullable=False)
        )
        batch_op.add_column(sa.Column("progress", sa.Double(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("found", Json, nullable=True))
        batch_op.add_column(sa.Column("preview", Json, nullable=True))
        batch_op.add_column(sa.Column("codes", Json, nullable=True))
        batch_op.add_column(sa.Column("listed", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("problem", sa.String(length=60), nullable=True))
        batch_op.add_column(sa.Column("attempts", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("lease_by", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("lease_until", Instant(), nullable=True))
        batch_op.create_index(batch_op.f("ix_imports_stage"), ["stage"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_imports_tenant_id_fingerprint"),
            ["tenant_id", "fingerprint"],
            unique=False,
        )

    op.create_table(
        "import_mappings",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("mapping_id", sa.String(length=40), nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "name", name=op.f("pk_import_mappings")),
        sa.UniqueConstraint(
            "tenant_id", "mapping_id", name=op.f("uq_import_mappings_tenant_id_mapping_id")
        ),
    )
    op.create_table(
        "import_parts",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("import_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["imports.tenant_id", "imports.import_id"],
            name=op.f("fk_import_parts_tenant_id_import_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "import_id", "number", name=op.f("pk_import_parts")),
    )
    op.create_table(
        "import_errors",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("import_id", sa.String(length=40), nullable=False),
        sa.Column("fault_id", sa.String(length=40), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["imports.tenant_id", "imports.import_id"],
            name=op.f("fk_import_errors_tenant_id_import_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "import_id", "fault_id", name=op.f("pk_import_errors")
        ),
    )


def downgrade() -> None:
    """Back to before, for tests of the way up."""
    op.drop_table("import_errors")
    op.drop_table("import_parts")
    op.drop_table("import_mappings")
    with op.batch_alter_table("imports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_imports_tenant_id_fingerprint"))
        batch_op.drop_index(batch_op.f("ix_imports_stage"))
        batch_op.drop_column("lease_until")
        batch_op.drop_column("lease_by")
        batch_op.drop_column("attempts")
        batch_op.drop_column("problem")
        batch_op.drop_column("listed")
        batch_op.drop_column("codes")
        batch_op.drop_column("preview")
        batch_op.drop_column("found")
        batch_op.drop_column("progress")
        batch_op.drop_column("rows_done")
        batch_op.drop_column("rows_total")
        batch_op.drop_column("bytes_total")
        batch_op.drop_column("mapping")
        batch_op.drop_column("mode")
        batch_op.drop_column("dry_run")
        batch_op.drop_column("local")
        batch_op.drop_column("fingerprint")
        batch_op.drop_column("stage")
