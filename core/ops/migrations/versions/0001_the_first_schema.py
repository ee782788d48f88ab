"""The first schema"""

import sqlalchemy as sa
from alembic import op

from core.ops import models

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "businesses",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("fresh_days", sa.Integer(), server_default=sa.text("7"), nullable=False),
        sa.Column("daily_days", sa.Integer(), server_default=sa.text("(90)"), nullable=False),
        sa.Column("posts_per_sync", sa.Integer(), nullable=True),
        sa.Column("created_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("archived_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_businesses")),
        sa.UniqueConstraint("name", name=op.f("uq_businesses_name")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "pauses",
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("until", models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("needs_operator", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_pauses")),
    )
    op.create_table(
        "retired_metrics",
        sa.Column("platform", sa.String(length=20), nullable=False),
        sa.Column("grain", sa.String(length=20), nullable=False),
        sa.Column("metric", sa.String(length=20), nullable=False),
        sa.Column("retired_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("tried_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("platform", "grain", "metric", name=op.f("pk_retired_metrics")),
    )
    op.create_table(
        "sidecars",
        sa.Column("instance", sa.String(length=200), nullable=False),
        sa.Column("started_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("beat_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("stopped_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("jobs", sa.JSON(), nullable=False),
        sa.Column("job_error", sa.String(length=2000), nullable=True),
        sa.PrimaryKeyConstraint("instance", name=op.f("pk_sidecars")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("owner_id", sa.String(length=200), nullable=False),
        sa.Column("access_token", sa.LargeBinary(), nullable=False),
        sa.Column("refresh_token", sa.LargeBinary(), nullable=True),
        sa.Column("scopes", sa.String(length=2000), nullable=False),
        sa.Column("obtained_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("refresh_expires_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("broken_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("broken_reason", sa.String(length=1000), nullable=True),
        sa.Column("refusals", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("provider", "owner_id", name=op.f("uq_tokens_provider")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "accounts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("token_id", sa.Integer(), nullable=True),
        sa.Column("platform", sa.String(length=20), nullable=False),
        sa.Column("external_id", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column("handle", sa.String(length=500), nullable=True),
        sa.Column("url", sa.String(length=2000), nullable=True),
        sa.Column("avatar_url", sa.String(length=2000), nullable=True),
        sa.Column("page_token", sa.LargeBinary(), nullable=True),
        sa.Column("connected_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("disconnected_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("days_read_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("daily_read_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("weekly_read_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("days_filled_from", sa.Date(), nullable=True),
        sa.Column("posts_filled_from", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("is_filled", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_accounts_business_id_businesses"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["token_id"], ["tokens.id"], name=op.f("fk_accounts_token_id_tokens"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("platform", "external_id", name=op.f("uq_accounts_platform")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_accounts_business_id"), ["business_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_accounts_token_id"), ["token_id"], unique=False)

    op.create_table(
        "schedules",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("interval_hours", sa.Integer(), nullable=False),
        sa.Column("created_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_schedules_business_id_businesses"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_schedules")),
        sa.UniqueConstraint("business_id", name=op.f("uq_schedules_business_id")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sync_runs",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("trigger", sa.String(length=20), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("requested_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("started_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("claimed_by", sa.String(length=200), nullable=True),
        sa.Column("lease_until", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=2000), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sync_runs_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["business_id"], ["businesses.id"], name=op.f("fk_sync_runs_business_id_businesses"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_runs")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("sync_runs", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sync_runs_business_id"), ["business_id"], unique=False)
        batch_op.create_index("ix_sync_runs_state", ["state"], unique=False)
        batch_op.create_index(
            "uq_sync_runs_active_account_id",
            ["account_id"],
            unique=True,
            sqlite_where=sa.text("account_id IS NOT NULL AND state IN ('requested', 'running')"),
            postgresql_where=sa.text("account_id IS NOT NULL AND state IN ('requested', 'running')"),
        )
        batch_op.create_index(
            "uq_sync_runs_active_business_id",
            ["business_id"],
            unique=True,
            sqlite_where=sa.text("account_id IS NULL AND state IN ('requested', 'running')"),
            postgresql_where=sa.text("account_id IS NULL AND state IN ('requested', 'running')"),
        )

    op.create_table(
        "sync_steps",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("started_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("finished_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("requests", sa.Integer(), nullable=False),
        sa.Column("retries", sa.Integer(), nullable=False),
        sa.Column("waited_s", sa.Double(), nullable=False),
        sa.Column("cost_usd", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("fill_usd", sa.Double(), server_default=sa.text("0"), nullable=False),
        sa.Column("posts", sa.Integer(), nullable=False),
        sa.Column("filled", sa.String(length=200), nullable=True),
        sa.Column("rows_new", sa.Integer(), nullable=False),
        sa.Column("rows_changed", sa.Integer(), nullable=False),
        sa.Column("rows_unchanged", sa.Integer(), nullable=False),
        sa.Column("covered_to", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=2000), nullable=True),
        sa.Column("remedy", sa.String(length=20), nullable=True),
        sa.Column("retry_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("answer", sa.String(length=2000), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sync_steps_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["run_id"], ["sync_runs.id"], name=op.f("fk_sync_steps_run_id_sync_runs"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_steps")),
        sa.UniqueConstraint("run_id", "account_id", name=op.f("uq_sync_steps_run_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("sync_steps", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sync_steps_account_id"), ["account_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_sync_steps_run_id"), ["run_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("sync_steps", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sync_steps_run_id"))
        batch_op.drop_index(batch_op.f("ix_sync_steps_account_id"))

    op.drop_table("sync_steps")
    with op.batch_alter_table("sync_runs", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_sync_runs_active_business_id",
            sqlite_where=sa.text("account_id IS NULL AND state IN ('requested', 'running')"),
            postgresql_where=sa.text("account_id IS NULL AND state IN ('requested', 'running')"),
        )
        batch_op.drop_index(
            "uq_sync_runs_active_account_id",
            sqlite_where=sa.text("account_id IS NOT NULL AND state IN ('requested', 'running')"),
            postgresql_where=sa.text("account_id IS NOT NULL AND state IN ('requested', 'running')"),
        )
        batch_op.drop_index("ix_sync_runs_state")
        batch_op.drop_index(batch_op.f("ix_sync_runs_business_id"))

    op.drop_table("sync_runs")
    op.drop_table("schedules")
    with op.batch_alter_table("accounts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_accounts_token_id"))
        batch_op.drop_index(batch_op.f("ix_accounts_business_id"))

    op.drop_table("accounts")
    op.drop_table("tokens")
    op.drop_table("sidecars")
    op.drop_table("retired_metrics")
    op.drop_table("pauses")
    op.drop_table("notices")
    op.drop_table("businesses")
