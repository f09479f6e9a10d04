"""Add what follows a flag."""

import sqlalchemy as sa
from alembic import op

from app.core.db import Instant, Json

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Expand: the code already running must go on working."""
    op.create_table(
        "activities",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("activity_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("topic", sa.String(length=40), nullable=False),
        sa.Column("audience", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("held_on", sa.Date(), nullable=True),
        sa.Column("attended", sa.Integer(), nullable=True),
        sa.Column("yearly", sa.Boolean(), nullable=False),
        sa.Column("follows", sa.String(length=40), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "activity_id", name=op.f("pk_activities")),
    )
    op.create_table(
        "calendar_feeds",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("feed_id", sa.String(length=40), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("series_id", sa.String(length=40), nullable=True),
        sa.Column("manager_id", sa.String(length=40), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("revoked_at", Instant(), nullable=True),
        sa.PrimaryKeyConstraint("tenant_id", "feed_id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("tenant_id", "digest", name=op.f("uq_calendar_feeds_tenant_id_digest")),
    )
    op.create_table(
        "guides",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("points", Json, nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind", name=op.f("pk_guides")),
    )
    op.create_table(
        "mails",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("mail_id", sa.String(length=40), nullable=False),
        sa.Column("recipient", sa.String(length=220), nullable=False),
        sa.Column("slot", Instant(), nullable=False),
        sa.Column("waiting", sa.Integer(), nullable=False),
        sa.Column("again", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_at", Instant(), nullable=True),
        sa.Column("lease_until", Instant(), nullable=True),
        sa.Column("lease_by", sa.String(length=40), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "mail_id", name=op.f("pk_mails")),
    )
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_mails_state_next_at"), ["state", "next_at"], unique=False
        )

    op.create_table(
        "match_keys",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("key_id", sa.String(length=40), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "key_id", name=op.f("pk_match_keys")),
    )
    op.create_table(
        "meeting_series",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("series_id", sa.String(length=40), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("at", sa.String(length=5), nullable=False),
        sa.Column("interval_weeks", sa.Integer(), nullable=False),
        sa.Column("slots", sa.Integer(), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("participants", Json, nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "series_id", name=op.f("pk_meeting_series")),
    )
    op.create_table(
        "units",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=False),
        sa.Column("unit_id", sa.String(length=40), nullable=False),
        sa.Column("parent", sa.String(length=200), nullable=True),
        sa.Column("hr_contact", sa.Text(), nullable=True),
        sa.Column("hr_has_email", sa.Boolean(), nullable=False),
        sa.Column("closures", Json, nullable=False),
        sa.Column("alignment_from_day", sa.Integer(), nullable=True),
        sa.Column("created_at", Instant(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "unit", name=op.f("pk_units")),
        sa.UniqueConstraint("tenant_id", "unit_id", name=op.f("uq_units_tenant_id_unit_id")),
    )
    op.create_table(
        "persons",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.String(length=40), nullable=False),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("personal_number", sa.Text(), nullable=True),
        sa.Column("personal_hash", sa.String(length=110), nullable=True),
        sa.Column("protected", sa.Boolean(), nullable=False),
        sa.Column("sex", sa.String(length=10), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.employee_id"],
            name=op.f("fk_persons_tenant_id_employee_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "employee_id", name=op.f("pk_persons")),
    )
    with op.batch_alter_table("persons", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_persons_tenant_id_personal_hash"),
            ["tenant_id", "personal_hash"],
            unique=False,
        )

    op.create_table(
        "series_occurrences",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("series_id", sa.String(length=40), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("moved_to", sa.Date(), nullable=True),
        sa.Column("moved_at", sa.String(length=5), nullable=True),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "series_id"],
            ["meeting_series.tenant_id", "meeting_series.series_id"],
            name=op.f("fk_series_occurrences_tenant_id_series_id"),
        ),
        sa.PrimaryKeyConstraint(
            "tenant_id", "series_id", "day", name=op.f("pk_series_occurrences")
        ),
    )
    op.create_table(
        "unit_managers",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("manager_id", sa.String(length=40), nullable=False),
        sa.Column("unit", sa.String(length=200), nullable=False),
        sa.Column("number", sa.String(length=200), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("has_email", sa.Boolean(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "unit"],
            ["units.tenant_id", "units.unit"],
            name=op.f("fk_unit_managers_tenant_id_unit"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "manager_id", name=op.f("pk_unit_managers")),
    )
    with op.batch_alter_table("unit_managers", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_unit_managers_tenant_id_unit"), ["tenant_id", "unit"], unique=False
        )

    op.create_table(
        "grants",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("grant_id", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.String(length=40), nullable=False),
        sa.Column("referral_id", sa.String(length=40), nullable=True),
        sa.Column("provider_id", sa.String(length=40), nullable=True),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("ore", sa.BigInteger(), nullable=False),
        sa.Column("performed_on", sa.Date(), nullable=False),
        sa.Column("paid_on", sa.Date(), nullable=True),
        sa.Column("provider_report_on", sa.Date(), nullable=True),
        sa.Column("invoice_shows", Json, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.employee_id"],
            name=op.f("fk_grants_tenant_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "provider_id"],
            ["providers.tenant_id", "providers.provider_id"],
            name=op.f("fk_grants_tenant_id_provider_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "referral_id"],
            ["referrals.tenant_id", "referrals.referral_id"],
            name=op.f("fk_grants_tenant_id_referral_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "grant_id", name=op.f("pk_grants")),
    )
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_grants_tenant_id_performed_on"),
            ["tenant_id", "performed_on"],
            unique=False,
        )

    op.create_table(
        "meetings",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("meeting_id", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.String(length=40), nullable=False),
        sa.Column("referral_id", sa.String(length=40), nullable=True),
        sa.Column("assignment", sa.Integer(), nullable=True),
        sa.Column("series_id", sa.String(length=40), nullable=True),
        sa.Column("occurrence", sa.Date(), nullable=True),
        sa.Column("slot", sa.Integer(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("starts_at", Instant(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=True),
        sa.Column("participants", Json, nullable=False),
        sa.Column("consent_on", sa.Date(), nullable=True),
        sa.Column("asked_about_violence", sa.String(length=3), nullable=True),
        sa.Column("points", Json, nullable=False),
        sa.Column("work_status", sa.String(length=30), nullable=True),
        sa.Column("party", sa.String(length=20), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.employee_id"],
            name=op.f("fk_meetings_tenant_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "referral_id"],
            ["referrals.tenant_id", "referrals.referral_id"],
            name=op.f("fk_meetings_tenant_id_referral_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "series_id"],
            ["meeting_series.tenant_id", "meeting_series.series_id"],
            name=op.f("fk_meetings_tenant_id_series_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "meeting_id", name=op.f("pk_meetings")),
    )
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_meetings_tenant_id_employee_id"),
            ["tenant_id", "employee_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_meetings_tenant_id_referral_id"),
            ["tenant_id", "referral_id"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_meetings_tenant_id_series_id_occurrence"),
            ["tenant_id", "series_id", "occurrence"],
            unique=False,
        )

    op.create_table(
        "plans",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("employee_id", sa.String(length=40), nullable=False),
        sa.Column("referral_id", sa.String(length=40), nullable=True),
        sa.Column("assignment", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("measures", Json, nullable=False),
        sa.Column("employer_adopted_on", sa.Date(), nullable=True),
        sa.Column("employee_adopted_on", sa.Date(), nullable=True),
        sa.Column("adopted_by", sa.String(length=200), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("created_at", Instant(), nullable=False),
        sa.Column("changed_at", Instant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant_id", "employee_id"],
            ["employees.tenant_id", "employees.employee_id"],
            name=op.f("fk_plans_tenant_id_employee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "referral_id"],
            ["referrals.tenant_id", "referrals.referral_id"],
            name=op.f("fk_plans_tenant_id_referral_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "plan_id", name=op.f("pk_plans")),
    )
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_plans_tenant_id_employee_id"), ["tenant_id", "employee_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_plans_tenant_id_referral_id"), ["tenant_id", "referral_id"], unique=False
        )

    op.create_table(
        "plan_follow_ups",
        sa.Column("tenant_id", sa.String(length=40), nullable=False),
        sa.Column("plan_id", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("done_on", sa.Date(), nullable=True),
        sa.Column("work_status", sa.String(length=30), nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "plan_id"],
            ["plans.tenant_id", "plans.plan_id"],
            name=op.f("fk_plan_follow_ups_tenant_id_plan_id"),
        ),
        sa.PrimaryKeyConstraint("tenant_id", "plan_id", "number", name=op.f("pk_plan_follow_ups")),
    )
    with op.batch_alter_table("flags", schema=None) as batch_op:
        batch_op.add_column(sa.Column("proposed_by", sa.String(length=200), nullable=True))
        batch_op.add_column(sa.Column("remind_on", sa.Date(), nullable=True))

    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.add_column(sa.Column("employer_data", Json, nullable=True))

    with op.batch_alter_table("providers", schema=None) as batch_op:
        batch_op.add_column(sa.Column("grant_approved", sa.Boolean(), nullable=True))

    with op.batch_alter_table("referral_moves", schema=None) as batch_op:
        batch_op.add_column(sa.Column("recorded_by", sa.String(length=20), nullable=True))

    with op.batch_alter_table("referrals", schema=None) as batch_op:
        batch_op.add_column(sa.Column("wish_of", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("assignment", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("talk_starts_at", Instant(), nullable=True))
        batch_op.add_column(sa.Column("talk_mode", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("recommend_three_party", sa.Boolean(), nullable=True))
        batch_op.add_column(sa.Column("outcome", sa.String(length=30), nullable=True))
        batch_op.add_column(sa.Column("step_due_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("step_told_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("shown_due_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("shown_told_on", sa.Date(), nullable=True))
        batch_op.create_index(
            batch_op.f("ix_referrals_tenant_id_shown_due_on"),
            ["tenant_id", "shown_due_on"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_referrals_tenant_id_step_due_on"),
            ["tenant_id", "step_due_on"],
            unique=False,
        )


def downgrade() -> None:
    """Back to the revision before."""
    with op.batch_alter_table("referrals", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referrals_tenant_id_step_due_on"))
        batch_op.drop_index(batch_op.f("ix_referrals_tenant_id_shown_due_on"))
        batch_op.drop_column("shown_told_on")
        batch_op.drop_column("shown_due_on")
        batch_op.drop_column("step_told_on")
        batch_op.drop_column("step_due_on")
        batch_op.drop_column("outcome")
        batch_op.drop_column("recommend_three_party")
        batch_op.drop_column("talk_mode")
        batch_op.drop_column("talk_starts_at")
        batch_op.drop_column("assignment")
        batch_op.drop_column("wish_of")

    with op.batch_alter_table("referral_moves", schema=None) as batch_op:
        batch_op.drop_column("recorded_by")

    with op.batch_alter_table("providers", schema=None) as batch_op:
        batch_op.drop_column("grant_approved")

    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.drop_column("employer_data")

    with op.batch_alter_table("flags", schema=None) as batch_op:
        batch_op.drop_column("remind_on")
        batch_op.drop_column("proposed_by")

    op.drop_table("plan_follow_ups")
    with op.batch_alter_table("plans", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_plans_tenant_id_referral_id"))
        batch_op.drop_index(batch_op.f("ix_plans_tenant_id_employee_id"))

    op.drop_table("plans")
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meetings_tenant_id_series_id_occurrence"))
        batch_op.drop_index(batch_op.f("ix_meetings_tenant_id_referral_id"))
        batch_op.drop_index(batch_op.f("ix_meetings_tenant_id_employee_id"))

    op.drop_table("meetings")
    with op.batch_alter_table("grants", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grants_tenant_id_performed_on"))

    op.drop_table("grants")
    with op.batch_alter_table("unit_managers", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unit_managers_tenant_id_unit"))

    op.drop_table("unit_managers")
    op.drop_table("series_occurrences")
    with op.batch_alter_table("persons", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_persons_tenant_id_personal_hash"))

    op.drop_table("persons")
    op.drop_table("units")
    op.drop_table("meeting_series")
    op.drop_table("match_keys")
    with op.batch_alter_table("mails", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_mails_state_next_at"))

    op.drop_table("mails")
    op.drop_table("guides")
    op.drop_table("calendar_feeds")
    op.drop_table("activities")
