CREATE OR REPLACE VIEW {database}.ledger_newest_copy
(
    ledger_as_of Nullable(DateTime64(3, 'UTC')) COMMENT 'When the ledger was read, UTC; NULL where it never was'
)
AS SELECT maxOrNull(ledger_as_of) AS ledger_as_of
FROM
(
    SELECT ledger_as_of FROM {database}.ledger_coverage
    UNION ALL
    SELECT ledger_as_of FROM {database}.ledger_cycles
)
COMMENT 'When the ledger was read for its newest copy'
