"""Coarse buckets compared with 5m snapshots, a day and series each: what lets an interval be derived."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "comparisons",
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("interval", sa.String(), nullable=False),
        sa.Column("day", sa.String(), nullable=False),
        sa.Column("sampled", sa.Integer(), nullable=False),
        sa.Column("equal", sa.Integer(), nullable=False),
        sa.Column("difference", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("symbol", "source", "interval", "day"),
    )
