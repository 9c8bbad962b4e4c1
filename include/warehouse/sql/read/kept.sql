-- Unbroken runs of points that are here, in quarantine or not, by series: the first and the last point of each.
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
            toString(symbol) AS symbol, toString(source) AS source, toString(interval) AS interval,
            toUnixTimestamp(assumeNotNull(parseDateTimeBestEffortOrNull(timestamp_text, 'UTC'))) AS moment
        FROM {database}.quarantine
        WHERE parseDateTimeBestEffortOrNull(timestamp_text, 'UTC') IS NOT NULL
    )
    GROUP BY symbol, source, interval
)
ORDER BY source, interval, symbol
