"""Up to which page the landing zone's pages are known to be lost for good."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("ledger_identity", sa.Column("lost_until_page", sa.BigInteger(), nullable=True))
