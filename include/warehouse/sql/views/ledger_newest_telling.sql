CREATE OR REPLACE VIEW {database}.ledger_newest_telling
(
    told_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the ledger was read, UTC; NULL where it never was'
)
AS SELECT maxOrNull(told_at) AS told_at
FROM
(
    SELECT told_at FROM {database}.ledger_coverage
    UNION ALL
    SELECT told_at FROM {database}.ledger_cycles
)
COMMENT 'When the ledger was read for its newest copy'
