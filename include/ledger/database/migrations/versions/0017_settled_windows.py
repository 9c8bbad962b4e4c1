"""When a window's coverage was written, and from which charge on a re-read counts."""

import sqlalchemy as sa
from alembic import op

from include.ledger.database.types import UtcInstant

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("windows", sa.Column("settled_at", UtcInstant(), nullable=True))
    op.execute(
        """
        UPDATE windows SET settled_at = closed_at
        WHERE state = 'settled' OR state IN ('refused', 'given_up') AND NOT EXISTS (
            SELECT 1 FROM pages LEFT JOIN batches ON batches.batch_id = pages.batch_id
            WHERE pages.window_id = windows.window_id AND (batches.state IS NULL OR batches.state != 'settled')
        )
        """
    )
    op.add_column("runs", sa.Column("reread_after_charge", sa.Integer(), nullable=True))
    op.execute(
        """
        UPDATE runs SET reread_after_charge =
            (SELECT COALESCE(MAX(id), 0) FROM charges WHERE charges.requested_at < runs.reread_at)
        WHERE reread_at IS NOT NULL
        """
    )
    op.drop_column("runs", "reread_at")
