"""What each reading of the account explained."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("lost_settled_credits", "lost_released_credits", "unexplained_credits", "price_difference_credits"):
        op.add_column("account_readings", sa.Column(name, sa.BigInteger(), nullable=True))
    op.add_column("account_readings", sa.Column("table_priced", sa.Integer(), nullable=True))
