-- Each coarse bucket beside the 5m snapshot at the same time, by series and day. Only values that were final
-- when they were read: the newest coverage says when that was.
WITH
    covered AS
    (
        SELECT source, interval, symbol, first_bucket, after_last, step_seconds, observed_at
        FROM {database}.ledger_coverage_newest
        WHERE found = 'rows'
    ),
    settled AS
    (
        SELECT
            stored.timestamp AS timestamp, stored.symbol AS symbol, stored.source AS source,
            stored.interval AS interval, stored.open_interest AS open_interest,
            stored.open_interest_usd AS open_interest_usd
        FROM
        (
            SELECT
                *, transform(toString(interval), {intervals:Array(String)}, {since:Array(UInt32)}, 0) AS first,
                transform(toString(interval), {intervals:Array(String)}, {open_steps:Array(UInt32)}, 1) AS open_steps
            FROM {database}.open_interest
            WHERE timestamp >= {earliest:DateTime('UTC')} AND toUnixTimestamp(timestamp) >= first
                AND toUnixTimestamp(timestamp) % 900 = 0
        ) AS stored
        ASOF INNER JOIN covered
            ON stored.source = covered.source AND stored.interval = covered.interval AND stored.symbol = covered.symbol
            AND stored.timestamp >= covered.first_bucket
        WHERE stored.timestamp < covered.after_last
            AND toUnixTimestamp(stored.timestamp) + stored.open_steps * covered.step_seconds
                <= toUnixTimestamp(covered.observed_at)
    )
SELECT
    symbol, source, interval, toDate(timestamp) AS day, count() AS sampled,
    countIf(same) AS equal,
    if(equal = sampled, NULL, argMinIf(
        'at ' || formatDateTime(timestamp, '%Y-%m-%dT%H:%iZ') || ' it is ' || toString(coarse_value) || ' ('
            || ifNull(toString(coarse_usd), 'no') || ' USD), the 5m snapshot ' || toString(fine_value) || ' ('
            || ifNull(toString(fine_usd), 'no') || ' USD)',
        timestamp, NOT same)) AS difference
FROM
(
    SELECT
        coarse.symbol AS symbol, coarse.source AS source, coarse.interval AS interval, coarse.timestamp AS timestamp,
        coarse.open_interest AS coarse_value, coarse.open_interest_usd AS coarse_usd,
        fine.open_interest AS fine_value, fine.open_interest_usd AS fine_usd,
        coarse_value = fine_value AND ifNull(coarse_usd, -1) = ifNull(fine_usd, -1) AS same
    FROM (SELECT * FROM settled WHERE interval != '5m') AS coarse
    INNER JOIN (SELECT * FROM settled WHERE interval = '5m') AS fine
        ON coarse.symbol = fine.symbol AND coarse.source = fine.source AND coarse.timestamp = fine.timestamp
)
GROUP BY symbol, source, interval, day
ORDER BY symbol, source, interval, day
