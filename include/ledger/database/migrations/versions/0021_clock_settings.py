"""When a worker's machine started, by its clock: shows whether that clock was set since."""

import sqlalchemy as sa
from alembic import op

from include.ledger.database.types import UtcInstant

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("worker_clocks", sa.Column("booted_at", UtcInstant(), nullable=True))
