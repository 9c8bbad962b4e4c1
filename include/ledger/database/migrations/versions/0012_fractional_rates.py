"""Request rates with fractions: half a request a second is a rate."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("account_readings") as table:
        for unit in ("second", "minute", "hour"):
            table.alter_column(f"requests_per_{unit}", type_=sa.Double())
