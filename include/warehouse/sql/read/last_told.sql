-- When the ledger was read for the newest telling; the epoch where nothing was told yet.
SELECT max(told_at)
FROM
(
    SELECT max(told_at) AS told_at FROM {database}.ledger_coverage
    UNION ALL
    SELECT max(told_at) AS told_at FROM {database}.ledger_cycles
    UNION ALL
    SELECT max(told_at) AS told_at FROM {database}.ledger_derived
)
