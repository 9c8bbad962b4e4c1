-- Only days with something missing are looked at bucket by bucket, and whole days are left out before anything is added up. Missing buckets that follow each other, for one
-- reason, have the same distance to their number in that order: that distance names their stretch.
CREATE OR REPLACE VIEW {bi}.gaps
(
    symbol   LowCardinality(String) COMMENT 'Such as BTC',
    source   LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    first    DateTime64(0, 'UTC')    COMMENT 'First missing bucket of the stretch, UTC',
    last     DateTime64(0, 'UTC')    COMMENT 'Last missing bucket of the stretch, UTC',
    buckets  UInt64                 COMMENT 'Missing buckets in it',
    reason   String                 COMMENT 'never_requested; empty_once: not yet confirmed; unproven, with why; rejected: in quarantine; lost: received, neither stored nor rejected'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    symbol, source, interval, toDateTime(min(bucket), 'UTC') AS first, toDateTime(max(bucket), 'UTC') AS last,
    count() AS buckets, reason
FROM
(
    SELECT
        symbol, source, interval, step, why_missing.1 AS bucket, why_missing.2 AS reason,
        bucket - step * row_number() OVER (PARTITION BY symbol, source, interval, reason ORDER BY bucket) AS stretch
    FROM
    (
        SELECT
            symbol, source, interval,
            transform(toString(interval), ['5m', '15m', '1h', '4h'], [300, 900, 3600, 14400], 86400) AS step,
            intDiv(greatest(requested_low, toInt64(day) * 86400) + step - 1, step) * step AS from_bucket,
            arrayConcat(stored_at, derived_at) AS present,
            arrayFilter(
                bucket -> NOT has(present, bucket) AND NOT arrayExists(one -> bucket >= one.1 AND bucket < one.2, empty),
                range(from_bucket, least(requested_high, (toInt64(day) + 1) * 86400), toInt64(step))) AS missing,
            arrayJoin(arrayMap(
                bucket -> (bucket, multiIf(
                    has(rejected_at, bucket), 'rejected',
                    arrayExists(one -> bucket >= one.1 AND bucket < one.2, received), 'lost',
                    arrayExists(one -> bucket >= one.1 AND bucket < one.2 AND notEmpty(one.3), answered_empty),
                    'unproven: ' || arrayStringConcat(arraySort(arrayFirst(
                        one -> bucket >= one.1 AND bucket < one.2, answered_empty).3), ', '),
                    arrayExists(one -> bucket >= one.1 AND bucket < one.2, answered_empty), 'empty_once',
                    'never_requested')),
                missing)) AS why_missing
        FROM
        (
            SELECT *
            FROM {database}.coverage_by_day
            WHERE (symbol, source, interval, day) GLOBAL NOT IN
            (
                SELECT symbol, source, interval, day
                FROM {database}.open_interest_days
                WHERE (observations - derived_observations) * step_seconds = 86400
            )
                AND buckets_expected - buckets_empty > arrayCount(
                moment -> moment >= requested_low AND moment < requested_high
                    AND NOT arrayExists(stretch -> moment >= stretch.1 AND moment < stretch.2, empty),
                arrayConcat(stored_at, derived_at))
        )
    )
)
GROUP BY symbol, source, interval, reason, stretch
COMMENT 'Each stretch of buckets that coverage counts as missing, with the reason'
