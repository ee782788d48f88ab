"""Connecting accounts: sign-ins under way, requests to the sidecar, who owns a login, what a business decides"""

import sqlalchemy as sa
from alembic import op

from core.ops import models

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Columns are added in place: SQLite makes a table anew for anything else, and dropping the old one would empty
    # every table that refers to it.
    op.add_column("businesses", sa.Column("logo", sa.LargeBinary(), nullable=True))
    op.add_column(
        "businesses",
        sa.Column("rate_base", sa.String(length=20), server_default=sa.text("'impressions'"), nullable=False),
    )
    op.add_column(
        "businesses", sa.Column("counts_clicks", sa.Boolean(), server_default=sa.text("false"), nullable=False)
    )
    op.add_column(
        "tokens", sa.Column("owner_name", sa.String(length=500), server_default=sa.text("''"), nullable=False)
    )
    op.add_column("tokens", sa.Column("data_access_ends_at", models.UtcDateTime(timezone=True), nullable=True))

    with op.batch_alter_table("notices", schema=None) as batch_op:  # nothing refers to notices
        batch_op.add_column(sa.Column("kind", sa.String(length=40), server_default=sa.text("'metric'"), nullable=False))
        batch_op.add_column(sa.Column("token_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("account_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("key", sa.String(length=200), nullable=True))
        batch_op.create_index(batch_op.f("ix_notices_token_id"), ["token_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_notices_account_id"), ["account_id"], unique=False)
        batch_op.create_unique_constraint(batch_op.f("uq_notices_key"), ["key"])
        batch_op.create_foreign_key(
            batch_op.f("fk_notices_token_id_tokens"), "tokens", ["token_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_notices_account_id_accounts"), "accounts", ["account_id"], ["id"], ondelete="SET NULL"
        )

    op.create_table(
        "oauth_flows",
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_oauth_flows")),
    )
    op.create_table(
        "pending_logins",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("provider", sa.String(length=20), nullable=False),
        sa.Column("browser", sa.String(length=200), nullable=False),
        sa.Column("person", sa.String(length=300), nullable=False),
        sa.Column("login", sa.LargeBinary(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("created_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("expires_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_pending_logins_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["businesses.id"],
            name=op.f("fk_pending_logins_business_id_businesses"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pending_logins")),
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("arguments", sa.JSON(), nullable=False),
        sa.Column("requested_by", sa.String(length=300), nullable=False),
        sa.Column("requested_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("finished_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.String(length=1000), nullable=True),
        sa.Column("error", sa.String(length=1000), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_requests_finished_at"), ["finished_at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_requests_finished_at"))
    op.drop_table("requests")
    op.drop_table("pending_logins")
    op.drop_table("oauth_flows")
    with op.batch_alter_table("notices", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_notices_account_id_accounts"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("fk_notices_token_id_tokens"), type_="foreignkey")
        batch_op.drop_constraint(batch_op.f("uq_notices_key"), type_="unique")
        batch_op.drop_index(batch_op.f("ix_notices_account_id"))
        batch_op.drop_index(batch_op.f("ix_notices_token_id"))
        for column in ("key", "account_id", "token_id", "kind"):
            batch_op.drop_column(column)
    op.drop_column("tokens", "data_access_ends_at")
    op.drop_column("tokens", "owner_name")
    for column in ("counts_clicks", "rate_base", "logo"):
        op.drop_column("businesses", column)
