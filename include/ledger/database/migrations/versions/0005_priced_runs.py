"""What a run was priced at before it bought, when it asked for a re-read, and how its reading ended."""

import sqlalchemy as sa
from alembic import op

from include.ledger.database.types import UtcInstant

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("priced", sa.JSON(), nullable=True))
    op.add_column("runs", sa.Column("reread_at", UtcInstant(), nullable=True))
    op.add_column("runs", sa.Column("stopped", sa.String(), nullable=True))
    op.add_column("runs", sa.Column("stopped_at", UtcInstant(), nullable=True))
    op.add_column("runs", sa.Column("outcome", sa.JSON(), nullable=True))
