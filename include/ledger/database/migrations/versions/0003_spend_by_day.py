"""Spending a day instead of a calendar month, so that a billing cycle may begin on any day."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DAY_OF_THE_REQUEST = "UPDATE charges SET day = substr(CAST(requested_at AS VARCHAR), 1, 10)"
FROM_CHARGES = """
INSERT INTO spend (day, lane, settled_credits, reserved_credits, requests, rows)
SELECT charges.day, charges.lane,
    sum(CASE WHEN charges.state = 'settled' THEN charges.charged_credits ELSE 0 END),
    sum(CASE WHEN charges.state = 'reserved' THEN charges.reserved_credits ELSE 0 END),
    count(*),
    coalesce(sum(pages.rows), 0)
FROM charges
LEFT JOIN pages
    ON pages.window_id = charges.window_id AND pages.sequence = charges.sequence AND pages.charge_id = charges.id
GROUP BY charges.day, charges.lane
"""


def upgrade() -> None:
    for table in ("charges", "spend"):
        op.execute(f"ALTER TABLE {table} RENAME COLUMN period TO day")
    op.execute(DAY_OF_THE_REQUEST)
    op.execute("DELETE FROM spend")
    op.execute(FROM_CHARGES)
