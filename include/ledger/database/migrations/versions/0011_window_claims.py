"""How often each window was claimed, so that a reader that lost its lease knows it."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("windows", sa.Column("claims", sa.Integer(), nullable=False, server_default=sa.text("0")))
