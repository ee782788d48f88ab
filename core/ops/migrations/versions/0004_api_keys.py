"""API keys, kept as fingerprints, and the businesses each one opens"""

import sqlalchemy as sa
from alembic import op

from core.ops import models

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("prefix", sa.String(length=20), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("access", sa.String(length=20), nullable=False),
        sa.Column("sees_all", sa.Boolean(), nullable=False),
        sa.Column("created_at", models.UtcDateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=300), nullable=False),
        sa.Column("last_used_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", models.UtcDateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("fingerprint", name=op.f("uq_api_keys_fingerprint")),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "api_key_businesses",
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("business_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["business_id"],
            ["businesses.id"],
            name=op.f("fk_api_key_businesses_business_id_businesses"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["api_keys.id"], name=op.f("fk_api_key_businesses_key_id_api_keys"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("key_id", "business_id", name=op.f("pk_api_key_businesses")),
    )
    op.create_index(op.f("ix_api_key_businesses_business_id"), "api_key_businesses", ["business_id"], unique=False)


def downgrade() -> None:
    op.drop_table("api_key_businesses")
    op.drop_table("api_keys")
