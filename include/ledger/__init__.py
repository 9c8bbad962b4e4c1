"""The ledger: what was asked, paid, received and proven complete. SQLAlchemy over SQLite or PostgreSQL."""
