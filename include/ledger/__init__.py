"""The ledger: what was requested, paid, received and proven complete. SQLAlchemy on SQLite or PostgreSQL."""
