"""Owners of leases by that name; states of charges, and error codes, in columns of their own; no superseded windows."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

OWNED = ("charges", "windows", "batches", "landing_sessions")
WITHOUT_REQUESTS = """
DELETE FROM windows WHERE state = 'superseded'
    AND NOT EXISTS (SELECT 1 FROM charges WHERE charges.window_id = windows.window_id)
    AND NOT EXISTS (SELECT 1 FROM pages WHERE pages.window_id = windows.window_id)
"""
ERROR_CODES = """
UPDATE charges SET error_code = substr(outcome, 5)
WHERE substr(outcome, 1, 3) BETWEEN '100' AND '599' AND substr(outcome, 4, 1) = ' '
    AND substr(outcome, 5, 1) BETWEEN 'a' AND 'z'
"""
"""An outcome was the status, then the vendor's code or, without one, the name of a class (in capitals)."""


def upgrade() -> None:
    for table in OWNED:
        op.alter_column(table, "holder", new_column_name="owner")
    op.alter_column("batches", "figures", new_column_name="published")
    op.alter_column("symbols", "silent_since", new_column_name="inactive_since")
    op.execute(WITHOUT_REQUESTS)
    op.execute("UPDATE windows SET state = 'given_up' WHERE state = 'superseded'")
    op.add_column("charges", sa.Column("error_code", sa.String(), nullable=True))
    op.execute(ERROR_CODES)
    op.execute("UPDATE charges SET state = 'cancelled' WHERE state = 'released' AND outcome = 'not sent'")
    op.execute("UPDATE charges SET state = 'unknown' WHERE state = 'reserved' AND outcome IS NOT NULL")
