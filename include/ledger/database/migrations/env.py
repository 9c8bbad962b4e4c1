"""Alembic's entry: runs the migrations on the connection that the ledger hands over, inside its transaction."""

from alembic import context

from include.ledger.database.models.base import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=False,  # the caller's transaction holds everything
)
context.run_migrations()
