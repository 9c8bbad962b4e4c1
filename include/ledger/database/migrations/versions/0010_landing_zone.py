"""The ledger and its landing zone know each other; pages that are lost are named in columns of their charges."""

import sqlalchemy as sa
from alembic import op

from include.ledger.database.types import UtcInstant

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_LOST_SINCE = "page, lost since: "
"""How earlier versions wrote that a landed page was given up, before its path."""


def upgrade() -> None:
    op.create_table(
        "ledger_identity",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("ledger_id", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "landing_sessions",
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("holder", sa.String(), nullable=False),
        sa.Column("noted_at", UtcInstant(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("token"),
    )
    op.add_column("charges", sa.Column("lost_page", sa.String(), nullable=True))
    op.add_column("charges", sa.Column("lost_path", sa.String(), nullable=True))
    op.create_index("charges_by_lost_page", "charges", ["lost_page"], unique=False)
    charges = sa.table("charges", *(sa.column(name) for name in ("outcome", "lost_page", "lost_path")))
    path = sa.func.substr(charges.c.outcome, len(_LOST_SINCE) + 1)
    given_up = charges.c.outcome.like(f"{_LOST_SINCE}%")
    op.execute(charges.update().where(given_up).values(lost_page="given up", lost_path=path, outcome="page"))
    not_landed = charges.c.outcome == "not landed"
    op.execute(charges.update().where(not_landed).values(lost_page="not landed"))
