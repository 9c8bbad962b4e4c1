"""When the list of symbols was read, and whether it was whole; the lists before are taken for whole."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "symbol_lists",
        sa.Column("read_at", sa.DateTime(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("read_at"),
    )
    op.execute(
        "INSERT INTO symbol_lists (read_at, whole) "
        "SELECT max(last_seen), TRUE FROM symbols HAVING max(last_seen) IS NOT NULL"
    )
