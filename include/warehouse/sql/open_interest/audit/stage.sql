-- Counted with LIMIT BY, which is four times cheaper than an exact distinct count of the bucket.
SELECT
    count() AS stored,
    (
        SELECT count()
        FROM (SELECT 1 FROM {database}.{stage}_observations LIMIT 1 BY source, interval, symbol, timestamp)
    ) AS distinct_buckets,
    groupUniqArray(source) AS sources,
    groupUniqArray(interval) AS intervals,
    groupUniqArray(symbol) AS symbols,
    toUnixTimestamp(min(timestamp)) AS first,
    toUnixTimestamp(max(timestamp)) AS last
FROM {database}.{stage}_observations
