"""Create the spine."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant, Json

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand: the code already running must go on working."""
    op.create_table(
        "api_keys",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("scopes", Json, nullable=False),
        sa.Column("provider_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("expires_at", Instant(), nullable=True),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "key_id", name=op.f("pk_api_keys")),
    )
    op.create_table(
        "employees",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=True),
        sa.Column("employment", Json, nullable=False),
        sa.Column("silent_through", sa.Date(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "employee_id", name=op.f("pk_employees")),
        sa.UniqueConstraint("tenant_id", "number", name=op.f("uq_employees_tenant_id_number")),
    )
    with op.batch_alter_table("employees", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_employees_tenant_id_due_on"), ["tenant_id", "due_on"], unique=False
        )

    op.create_table(
        "imports",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("import_id", sa.String(length=40), nullable=False),
        sa.Column("format", sa.String(length=20), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=True),
        sa.Column("history_through", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("started_at", Instant(), nullable=False),
        sa.Column("ended_at", Instant(), nullable=True),
        sa.Column("counts", Json, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "import_id", name=op.f("pk_imports")),
    )
    op.create_table(
        "messages",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=40), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("provider_id", sa.String(length=40), nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "message_id", name=op.f("pk_messages")),
    )
    op.create_table(
        "providers",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("provider_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("org_number", sa.String(length=20), nullable=True),
        sa.Column("units", Json, nullable=True),
        sa.Column("services", Json, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=True),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "provider_id", name=op.f("pk_providers")),
    )
    op.create_table(
        "rules",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("rule_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("active_version", sa.Integer(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "rule_id", name=op.f("pk_rules")),
        sa.UniqueConstraint("tenant_id", "name", name=op.f("uq_rules_tenant_id_name")),
    )
    op.create_table(
        "tenants",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("settings", Json, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", name=op.f("pk_tenants")),
    )
    op.create_table(
        "webhook_endpoints",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("endpoint_id", sa.String(length=40), nullable=False),
        sa.Column("provider_id", sa.String(length=40), nullable=True),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("types", Json, nullable=True),
        sa.Column("secret", sa.String(length=400), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("deleted_at", Instant(), nullable=True),
        sa.Column("not_before", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "endpoint_id", name=op.f("pk_webhook_endpoints")),
    )
    op.create_table(
        "absences",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("absence", sa.String(length=200), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=True),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("extent", sa.Integer(), nullable=False),
        sa.Column("extents", Json, nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("folded_at", Instant(), nullable=False),
        sa.Column("folded_id", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.employee_id"],
            name=op.f("fk_absences_tenant_id_employee_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "employee_id", "source", "absence", name=op.f("pk_absences")
        ),
    )
    op.create_table(
        "deliveries",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("delivery_id", sa.String(length=40), nullable=False),
        sa.Column("message_id", sa.String(length=40), nullable=False),
        sa.Column("endpoint_id", sa.String(length=40), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("lease_by", sa.String(length=40), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "endpoint_id"],
            ["webhook_endpoints.tenant_id", "webhook_endpoints.endpoint_id"],
            name=op.f("fk_deliveries_tenant_id_endpoint_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "message_id"],
            ["messages.tenant_id", "messages.message_id"],
            name=op.f("fk_deliveries_tenant_id_message_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "delivery_id", name=op.f("pk_deliveries")),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_deliveries_state_next_at"), ["state", "next_at"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_deliveries_tenant_id_endpoint_id"),
            ["tenant_id", "endpoint_id"],
            unique=False,
        )

    op.create_table(
        "events",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("employee_id", sa.String(length=40), nullable=False),
        sa.Column("absence", sa.String(length=200), nullable=False),
        sa.Column("type", sa.String(length=20), nullable=False),
        sa.Column("occurred_at", Instant(), nullable=False),
        sa.Column("said", Json, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("received_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.employee_id"],
            name=op.f("fk_events_tenant_id_employee_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "source", "id", name=op.f("pk_events")),
    )
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_events_tenant_id_employee_id_source_absence"),
            ["tenant_id", "employee_id", "source", "absence"],
            unique=False,
        )

    op.create_table(
        "exemptions",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.String(length=40), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.employee_id"],
            name=op.f("fk_exemptions_tenant_id_employee_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "employee_id", "first_day", name=op.f("pk_exemptions")
        ),
    )
    op.create_table(
        "imported_employees",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("import_id", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "import_id"],
            ["imports.tenant_id", "imports.import_id"],
            name=op.f("fk_imported_employees_tenant_id_import_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "import_id", "employee_id", name=op.f("pk_imported_employees")
        ),
    )
    op.create_table(
        "referrals",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("referral_id", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.String(length=40), nullable=False),
        sa.Column("provider_id", sa.String(length=40), nullable=True),
        sa.Column("service", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=30), nullable=False),
        sa.Column("decision_reference", sa.String(length=200), nullable=True),
        sa.Column("released_by", sa.String(length=200), nullable=True),
        sa.Column("employee_informed_on", sa.Date(), nullable=True),
        sa.Column("feedback_consent_on", sa.Date(), nullable=True),
        sa.Column("requested_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.employee_id"],
            name=op.f("fk_referrals_tenant_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "provider_id"],
            ["providers.tenant_id", "providers.provider_id"],
            name=op.f("fk_referrals_tenant_id_provider_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "referral_id", name=op.f("pk_referrals")),
    )
    with op.batch_alter_table("referrals", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_referrals_tenant_id_employee_id"),
            ["tenant_id", "employee_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_referrals_tenant_id_provider_id"),
            ["tenant_id", "provider_id"],
            unique=False,
        )
        batch_op.create_index(
            "uq_referrals_open",
            ["tenant_id", "employee_id"],
            unique=True,
            sqlite_where=sa.text(
                "state NOT IN ('closed', 'declined', 'declined_by_employee', 'withdrawn')"
            ),
            postgresql_where=sa.text(
                "state NOT IN ('closed', 'declined', 'declined_by_employee', 'withdrawn')"
            ),
        )

    op.create_table(
        "rule_versions",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("rule_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("document", Json, nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("live_from", sa.Date(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "rule_id"],
            ["rules.tenant_id", "rules.rule_id"],
            name=op.f("fk_rule_versions_tenant_id_rule_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "rule_id", "version", name=op.f("pk_rule_versions")),
    )
    op.create_table(
        "delivery_attempts",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("delivery_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("duration_ms", sa.Integer(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("outcome", sa.String(length=40), nullable=False),
        sa.Column("next_at", Instant(), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "delivery_id"],
            ["deliveries.tenant_id", "deliveries.delivery_id"],
            name=op.f("fk_delivery_attempts_tenant_id_delivery_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "delivery_id", "number", name=op.f("pk_delivery_attempts")
        ),
    )
    op.create_table(
        "flags",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("flag_id", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.String(length=40), nullable=False),
        sa.Column("rule_id", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("evidence", Json, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.Column("referral_id", sa.String(length=40), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("decided_on", sa.Date(), nullable=True),
        sa.Column("employee_informed_on", sa.Date(), nullable=True),
        sa.Column("raised_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.employee_id"],
            name=op.f("fk_flags_tenant_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "rule_id", "version"],
            ["rule_versions.tenant_id", "rule_versions.rule_id", "rule_versions.version"],
            name=op.f("fk_flags_tenant_id_rule_id_version"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "flag_id", name=op.f("pk_flags")),
    )
    with op.batch_alter_table("flags", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_flags_tenant_id_employee_id"), ["tenant_id", "employee_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_flags_tenant_id_referral_id"), ["tenant_id", "referral_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_flags_tenant_id_state"), ["tenant_id", "state"], unique=False
        )

    op.create_table(
        "referral_moves",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("referral_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", Instant(), nullable=False),
        sa.Column("party", sa.String(length=20), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=True),
        sa.Column("source", sa.String(length=30), nullable=True),
        sa.Column("target", sa.String(length=30), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "referral_id"],
            ["referrals.tenant_id", "referrals.referral_id"],
            name=op.f("fk_referral_moves_tenant_id_referral_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "referral_id", "number", name=op.f("pk_referral_moves")
        ),
    )


def downgrade() -> None:
    """Back to the revision before."""
    op.drop_table("referral_moves")
    with op.batch_alter_table("flags", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_flags_tenant_id_state"))
        batch_op.drop_index(batch_op.f("ix_flags_tenant_id_referral_id"))
        batch_op.drop_index(batch_op.f("ix_flags_tenant_id_employee_id"))

    op.drop_table("flags")
    op.drop_table("delivery_attempts")
    op.drop_table("rule_versions")
    with op.batch_alter_table("referrals", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_referrals_open",
            sqlite_where=sa.text(
                "state NOT IN ('closed', 'declined', 'declined_by_employee', 'withdrawn')"
            ),
            postgresql_where=sa.text(
                "state NOT IN ('closed', 'declined', 'declined_by_employee', 'withdrawn')"
            ),
        )
        batch_op.drop_index(batch_op.f("ix_referrals_tenant_id_provider_id"))
        batch_op.drop_index(batch_op.f("ix_referrals_tenant_id_employee_id"))

    op.drop_table("referrals")
    op.drop_table("imported_employees")
    op.drop_table("exemptions")
    with op.batch_alter_table("events", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_events_tenant_id_employee_id_source_absence"))

    op.drop_table("events")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_deliveries_tenant_id_endpoint_id"))
        batch_op.drop_index(batch_op.f("ix_deliveries_state_next_at"))

    op.drop_table("deliveries")
    op.drop_table("absences")
    op.drop_table("webhook_endpoints")
    op.drop_table("tenants")
    op.drop_table("rules")
    op.drop_table("providers")
    op.drop_table("messages")
    op.drop_table("imports")
    with op.batch_alter_table("employees", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_employees_tenant_id_due_on"))

    op.drop_table("employees")
    op.drop_table("api_keys")
