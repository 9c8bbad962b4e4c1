"""Why silence proves nothing: the reasons, with windows, findings and coverage."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for table in ("windows", "findings", "coverage"):
        op.add_column(table, sa.Column("doubts", sa.JSON(), nullable=True))
    # Until now one reason covered all: coverage said "possibly clipped", a window that its chain did not end cleanly.
    op.execute("UPDATE coverage SET doubts = '[\"possibly_clipped\"]' WHERE found = 'empty' AND empty_reads = 0")
    op.execute("UPDATE windows SET doubts = '[\"rows_held_back\"]' WHERE NOT proven")
    op.drop_column("windows", "proven")
