"""Operations: schedules with pauses and quiet hours, back-fills, cancelling, logs of steps, activities, quotas"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from core.ops import models

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

INSTANT = models.UtcDateTime(timezone=True)
ACTIVE = "state IN ('requested', 'running')"
OLD_RULES = {"business_id": "account_id IS NULL", "account_id": "account_id IS NOT NULL"}
NEW_RULES = {
    "business_id": "account_id IS NULL AND \"trigger\" <> 'backfill'",
    "account_id": "account_id IS NOT NULL AND \"trigger\" <> 'backfill'",
}
FILL_RULES = {
    "backfill": ("business_id", "account_id IS NULL AND \"trigger\" = 'backfill'"),
    "account_backfill": ("account_id", "account_id IS NOT NULL AND \"trigger\" = 'backfill'"),
}
PARTS = ("asked_s", "parsed_s", "loaded_s")


def upgrade() -> None:
    # Columns are added in place: SQLite makes a table anew for anything else, and dropping the old one would empty
    # every table that refers to it.
    for column in _schedule_columns():
        op.add_column("schedules", column)
    for column in _run_columns():
        op.add_column("sync_runs", column)
    for column in _step_columns():
        op.add_column("sync_steps", column)
    for of, rule in NEW_RULES.items():
        op.drop_index(f"uq_sync_runs_active_{of}", table_name="sync_runs")
        _one_active(of, of, rule)
    for name, (of, rule) in FILL_RULES.items():
        _one_active(name, of, rule)
    where = sa.text("fill_from IS NOT NULL")
    fills = ["fill_from", "fill_to"]
    op.create_index("ix_sync_runs_fills", "sync_runs", fills, sqlite_where=where, postgresql_where=where)
    _create_trail()


def downgrade() -> None:
    op.drop_table("quota_readings")
    op.drop_table("activities")
    op.drop_table("step_logs")
    op.drop_index("ix_sync_runs_fills", table_name="sync_runs")
    for name in FILL_RULES:
        op.drop_index(f"uq_sync_runs_active_{name}", table_name="sync_runs")
    # what the older version does not know: it would meet it as a word that is not in its list
    op.execute("DELETE FROM sync_runs WHERE \"trigger\" = 'backfill'")
    op.execute("UPDATE sync_steps SET state = 'interrupted' WHERE state = 'cancelled'")
    for of, rule in OLD_RULES.items():
        op.drop_index(f"uq_sync_runs_active_{of}", table_name="sync_runs")
        _one_active(of, of, rule)
    for table, added in (
        ("sync_steps", _step_columns()),
        ("sync_runs", _run_columns()),
        ("schedules", _schedule_columns()),
    ):
        for gone in added:
            op.drop_column(table, gone.name)


def _schedule_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("is_paused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("quiet_from", sa.SmallInteger(), nullable=True),
        sa.Column("quiet_to", sa.SmallInteger(), nullable=True),
        sa.Column("turned_at", INSTANT, nullable=True),
        sa.Column("changed_at", INSTANT, nullable=True),
        sa.Column("changed_by", sa.String(length=300), nullable=True),
    ]


def _run_columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("requested_by", sa.String(length=300), nullable=True),
        sa.Column("cancel_requested_at", INSTANT, nullable=True),
        sa.Column("cancelled_by", sa.String(length=300), nullable=True),
        sa.Column("fill_from", sa.Date(), nullable=True),
        sa.Column("fill_to", sa.Date(), nullable=True),
        sa.Column("published_s", sa.Double(), server_default=sa.text("0"), nullable=False),
    ]


def _step_columns() -> list[sa.Column[Any]]:
    return [
        *(sa.Column(part, sa.Double(), server_default=sa.text("0"), nullable=False) for part in PARTS),
        sa.Column("days_filled_from", sa.Date(), nullable=True),
        sa.Column("posts_filled_from", INSTANT, nullable=True),
    ]


def _one_active(name: str, column: str, rule: str) -> None:
    where = sa.text(f"{rule} AND {ACTIVE}")
    op.create_index(
        f"uq_sync_runs_active_{name}", "sync_runs", [column], unique=True, sqlite_where=where, postgresql_where=where
    )


def _create_trail() -> None:
    op.create_table(
        "step_logs",
        sa.Column("step_id", sa.Integer(), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["step_id"], ["sync_steps.id"], name=op.f("fk_step_logs_step_id_sync_steps"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("step_id", name=op.f("pk_step_logs")),
    )
    op.create_table(
        "activities",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("person", sa.String(length=300), nullable=True),
        sa.Column("business_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_activities_at"), "activities", ["at"])
    op.create_table(
        "quota_readings",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("platform", sa.String(length=20), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("used", sa.Double(), nullable=True),
        sa.Column("quota", sa.Double(), nullable=True),
        sa.Column("resets_at", INSTANT, nullable=True),
        sa.Column("observed_at", INSTANT, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_quota_readings_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quota_readings")),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_quota_readings_key_observed_at", "quota_readings", ["key", "observed_at"])
    op.create_index(op.f("ix_quota_readings_account_id"), "quota_readings", ["account_id"])
