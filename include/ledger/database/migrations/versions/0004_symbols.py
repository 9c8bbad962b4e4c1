"""The vendor's symbols as discovered, and indexes for a ledger of thousands of them."""

import sqlalchemy as sa
from alembic import op

from include.ledger.database.types import UtcInstant

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "symbols",
        sa.Column("symbol", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("intervals", sa.JSON(), nullable=False),
        sa.Column("earliest_data", UtcInstant(), nullable=True),
        sa.Column("first_seen", UtcInstant(), nullable=False),
        sa.Column("last_seen", UtcInstant(), nullable=False),
        sa.Column("listed_since", UtcInstant(), nullable=False),
        sa.Column("listed_after", UtcInstant(), nullable=True),
        sa.Column("missing_since", UtcInstant(), nullable=True),
        sa.Column("missed", sa.Integer(), nullable=False),
        sa.Column("silent_since", UtcInstant(), nullable=True),
        sa.PrimaryKeyConstraint("symbol"),
    )
    op.create_index("windows_by_state", "windows", ["state", "closed_at"], unique=False)
    op.create_index("charges_by_window", "charges", ["window_id"], unique=False)
    blocked = sa.text("blocked")
    op.create_index("findings_blocked", "findings", ["window_id"], sqlite_where=blocked, postgresql_where=blocked)
