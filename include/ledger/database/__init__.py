"""The ledger's database: engine, tables, dialects."""
