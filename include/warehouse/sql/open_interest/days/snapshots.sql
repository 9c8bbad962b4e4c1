-- The 5m snapshots that stand for buckets of a coarse interval, each with its stretch. Other series are not read.
FROM {database}.open_interest_current AS snapshots FINAL
GLOBAL INNER JOIN
(
    SELECT source, symbol, interval, step_seconds, begins, ends
    FROM {database}.ledger_derived FINAL
    ARRAY JOIN derived_from AS begins, derived_until AS ends
) AS series USING (source, symbol)
WHERE snapshots.interval = '5m' AND (source, symbol) GLOBAL IN (SELECT source, symbol FROM {database}.ledger_derived)
    AND toUnixTimestamp(timestamp) % 900 = 0 AND toUnixTimestamp(timestamp) % step_seconds = 0
    AND timestamp >= begins AND timestamp < ends
