"""Steps by their end: what today has cost is asked before each piece that is read from X"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_sync_steps_finished_at"), "sync_steps", ["finished_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_sync_steps_finished_at"), table_name="sync_steps")
