-- A row is stored where its day shows it and the rows themselves have it: either alone may be wrong.
CREATE OR REPLACE VIEW {database}.lost_rows
(
    symbol   LowCardinality(String) COMMENT 'Such as BTC',
    source   LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    buckets  UInt64                 COMMENT 'Buckets for which a row was received, and none is stored or in quarantine',
    first    DateTime('UTC')        COMMENT 'The first of them, UTC',
    last     DateTime('UTC')        COMMENT 'The last of them, UTC'
)
AS SELECT
    symbol, source, interval, count() AS buckets, toDateTime(min(bucket), 'UTC') AS first,
    toDateTime(max(bucket), 'UTC') AS last
FROM
(
    SELECT
        symbol, source, interval,
        transform(toString(interval), ['5m', '15m', '1h', '4h'], [300, 900, 3600, 14400], 86400) AS step,
        intDiv(toInt64(day) * 86400 + step - 1, step) * step AS from_bucket,
        arrayConcat(stored_at, rejected_at) AS accounted_for,
        arrayJoin(arrayFilter(
            bucket -> arrayExists(one -> bucket >= one.1 AND bucket < one.2, received) AND NOT has(accounted_for, bucket),
            range(from_bucket, (toInt64(day) + 1) * 86400, toInt64(step)))) AS bucket
    FROM
    (
        SELECT day, symbol, source, interval, received, rejected_at, if(whole, in_storage, arrayIntersect(shown_at, in_storage)) AS stored_at
        FROM
        (
            SELECT day, symbol, source, interval, received, rejected_at, buckets_received, whole, stored_at AS shown_at
            FROM {database}.coverage_by_day
            WHERE buckets_received > 0
        ) AS by_day
        GLOBAL ANY LEFT JOIN
        (
            SELECT
                toDate(timestamp) AS day, symbol, source, interval,
                groupArray(toInt64(toUnixTimestamp(timestamp))) AS in_storage
            FROM {database}.open_interest
            GROUP BY day, symbol, source, interval
        ) AS stored USING (day, symbol, source, interval)
        WHERE buckets_received > arrayCount(
            bucket -> arrayExists(one -> bucket >= one.1 AND bucket < one.2, received), stored_at)
    )
)
GROUP BY symbol, source, interval
COMMENT 'Received rows that are neither stored nor rejected, by series; there should be none'
