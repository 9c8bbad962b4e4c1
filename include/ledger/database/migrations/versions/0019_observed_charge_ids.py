"""An observed charge has its charge's id: PostgreSQL need not number them."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE charge_observations ALTER COLUMN charge_id DROP DEFAULT")
        op.execute("DROP SEQUENCE IF EXISTS charge_observations_charge_id_seq")
