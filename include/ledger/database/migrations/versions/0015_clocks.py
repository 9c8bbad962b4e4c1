"""What workers saw of the vendor's clock, when values count as learned, days of disputed charges, batches set aside."""

import sqlalchemy as sa
from alembic import op

from include.ledger.database.types import UtcInstant

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "worker_clocks",
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("worker_time", UtcInstant(), nullable=False),
        sa.Column("vendor_time", UtcInstant(), nullable=False),
        sa.Column("noted_at", UtcInstant(), nullable=False),
        sa.Column("agreed_at", UtcInstant(), nullable=True),
        sa.PrimaryKeyConstraint("place"),
    )
    op.add_column("batches", sa.Column("note", sa.String(), nullable=True))
    op.add_column("pages", sa.Column("known_at", UtcInstant(), nullable=True))
    op.execute("UPDATE pages SET known_at = received_at")
    op.create_index("pages_by_known_at", "pages", ["known_at"], unique=False)
    op.add_column("charges", sa.Column("disputed_day", sa.String(), nullable=True))
    disputed = sa.text("disputed_day IS NOT NULL")
    op.create_index("charges_disputed", "charges", ["disputed_day"], sqlite_where=disputed, postgresql_where=disputed)
