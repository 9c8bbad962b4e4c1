"""Which runs a scheduler began, so that one that does not come is noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("scheduled", sa.Boolean(), nullable=False, server_default=sa.false()))
