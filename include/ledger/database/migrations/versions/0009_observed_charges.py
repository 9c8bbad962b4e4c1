"""Charges beyond the price table, so that reservations cover what the vendor was seen to charge; the limit of each."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

LARGE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("charges", sa.Column("row_limit", sa.Integer(), nullable=True))
    op.create_table(
        "charge_observations",
        sa.Column("charge_id", sa.Integer(), nullable=False),
        sa.Column("observed_at", sa.DateTime(), nullable=False),
        sa.Column("row_limit", sa.Integer(), nullable=False),
        sa.Column("rows", LARGE, nullable=True),
        sa.Column("charged_credits", LARGE, nullable=False),
        sa.Column("base_credits", LARGE, nullable=False),
        sa.Column("per_row_credits", LARGE, nullable=False),
        sa.PrimaryKeyConstraint("charge_id"),
    )
