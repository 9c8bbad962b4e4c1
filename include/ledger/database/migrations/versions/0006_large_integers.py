"""Credits and the vendor's figures in 64 bits; SQLite keeps them so already."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = {
    "runs": ("max_credits", "settled_credits", "reserved_credits"),
    "charges": ("reserved_credits", "charged_credits"),
    "account_readings": (
        "requests_per_second",
        "requests_per_minute",
        "requests_per_hour",
        "max_rows_per_request",
        "max_history_days",
    ),
}


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    for table, columns in COLUMNS.items():
        for column in columns:
            op.alter_column(table, column, type_=sa.BigInteger())
