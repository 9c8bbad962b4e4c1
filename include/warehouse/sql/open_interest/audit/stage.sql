-- Counted with LIMIT BY, which is four times cheaper than an exact distinct count of the key.
SELECT
    count() AS stored,
    (
        SELECT count()
        FROM (SELECT 1 FROM {database}.{stage}_observations LIMIT 1 BY source, interval, symbol, timestamp, known_at)
    ) AS distinct_keys,
    groupUniqArray((source, interval)) AS partitions,
    groupUniqArray(symbol) AS symbols,
    toUnixTimestamp(min(timestamp)) AS first,
    toUnixTimestamp(max(timestamp)) AS last
FROM {database}.{stage}_observations
