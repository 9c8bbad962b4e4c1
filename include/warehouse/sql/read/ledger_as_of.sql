-- When the ledger was read for the newest copy; the epoch before the first.
SELECT max(told_at)
FROM
(
    SELECT max(told_at) AS told_at FROM {database}.ledger_coverage
    UNION ALL
    SELECT max(told_at) AS told_at FROM {database}.ledger_cycles
    UNION ALL
    SELECT max(told_at) AS told_at FROM {database}.ledger_derived
)
