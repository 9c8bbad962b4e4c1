"""Which dataset a window reads; all windows before were of open interest."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("windows", sa.Column("dataset", sa.String(), nullable=False, server_default="open-interest"))
