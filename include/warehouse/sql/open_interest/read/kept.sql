-- Unbroken runs of buckets with a row, stored or in quarantine, by series: the first and the last bucket of each. A row in
-- quarantine accounts for the buckets in `covers`, as in lost_rows.
SELECT
    symbol, source, interval,
    arrayMap(
        run -> (toDateTime(run[1], 'UTC'), toDateTime(run[-1], 'UTC')),
        arraySplit((moment, passed) -> passed > step, moments, arrayDifference(moments))) AS runs
FROM
(
    SELECT
        symbol, source, interval, arraySort(groupArray(moment)) AS moments,
        transform(interval, ['5m', '15m', '1h', '4h'], [300, 900, 3600, 14400], 86400) AS step
    FROM
    (
        SELECT
            toString(symbol) AS symbol, toString(source) AS source, toString(interval) AS interval,
            toUnixTimestamp(timestamp) AS moment
        FROM {database}.open_interest
        UNION ALL
        SELECT
            covered.symbol AS symbol, covered.source AS source, covered.interval AS interval,
            toUnixTimestamp(covered.timestamp) AS moment
        FROM (SELECT arrayJoin(covers) AS covered FROM {database}.quarantine)
    )
    GROUP BY symbol, source, interval
)
ORDER BY source, interval, symbol
