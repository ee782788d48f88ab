"""What X may cost a business in a month"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("businesses", sa.Column("x_monthly_cap_usd", sa.Double(), nullable=True))


def downgrade() -> None:
    op.drop_column("businesses", "x_monthly_cap_usd")
