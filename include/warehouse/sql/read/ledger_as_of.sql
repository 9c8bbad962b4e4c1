-- When the ledger was read for the newest copy; the epoch before the first.
SELECT max(ledger_as_of)
FROM
(
    SELECT max(ledger_as_of) AS ledger_as_of FROM {database}.ledger_coverage
    UNION ALL
    SELECT max(ledger_as_of) AS ledger_as_of FROM {database}.ledger_cycles
    UNION ALL
    SELECT max(ledger_as_of) AS ledger_as_of FROM {database}.ledger_derived
)
