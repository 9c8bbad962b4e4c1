CREATE OR REPLACE VIEW {database}.ledger_newest_copy
(
    ledger_as_of Nullable(DateTime64(3, 'UTC')) COMMENT 'When the ledger was read, UTC; NULL where it never was'
)
AS SELECT maxOrNull(told_at) AS ledger_as_of
FROM
(
    SELECT told_at FROM {database}.ledger_coverage
    UNION ALL
    SELECT told_at FROM {database}.ledger_cycles
)
COMMENT 'When the ledger was read for its newest copy'
