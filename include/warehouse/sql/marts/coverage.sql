-- Rows and stretches of a day are set beside each other bucket by bucket: sums would let a row elsewhere on the day, or
-- a derived one, stand in for one that is lost. Whatever speaks of a key is grouped, so that filters on the key reach
-- both sides.
CREATE OR REPLACE VIEW {bi}.coverage
(
    day              Date                            COMMENT 'Day, UTC',
    symbol           LowCardinality(String)          COMMENT 'Such as BTC',
    source           LowCardinality(String)          COMMENT 'Exchange and market, such as binance_futures',
    interval         LowCardinality(String)          COMMENT '5m, 15m, 1h, 4h or 1d',
    expected         UInt64                          COMMENT 'Buckets between the first and the last one that the series was asked for',
    stored           UInt64                          COMMENT 'Buckets with a row that was received',
    derived          UInt64                          COMMENT 'Buckets without one that are read off 5m rows',
    proven_empty     UInt64                          COMMENT 'Buckets that answered empty twice: the vendor has no row',
    missing          UInt64                          COMMENT 'Buckets expected, neither stored nor derived nor proven empty',
    received         UInt64                          COMMENT 'Buckets for which the ledger knows a received row; rejected rows count too',
    not_stored       UInt64                          COMMENT 'Buckets received without a stored row: rejected, or lost, which ./oi check tells',
    unproven         UInt64                          COMMENT 'Buckets that came back without a row, in an answer that proves nothing',
    doubts           Array(String)                   COMMENT 'Why: possibly_clipped, incomplete, rows_outside and so on; docs/vendor.md lists them',
    told_at          Nullable(DateTime64(3, 'UTC'))  COMMENT 'When the ledger was read for this, UTC; rows are always those of now'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    day, symbol, source, interval, buckets_expected AS expected,
    length(stored_at) AS stored, length(derived_at) AS derived, buckets_empty AS proven_empty,
    toUInt64(buckets_expected - buckets_empty - arrayCount(
        moment -> moment >= asked_low AND moment < asked_high
            AND NOT arrayExists(stretch -> moment >= stretch.1 AND moment < stretch.2, empty_stretches),
        arrayConcat(stored_at, derived_at))) AS missing,
    buckets_received AS received,
    toUInt64(buckets_received - arrayCount(
        moment -> arrayExists(stretch -> moment >= stretch.1 AND moment < stretch.2, read_stretches),
        stored_at)) AS not_stored,
    buckets_doubted AS unproven, reasons AS doubts,
    (SELECT told_at FROM {database}.ledger_newest_telling) AS told_at
FROM
(
    SELECT
        day, symbol, source, interval,
        sumIf(buckets, what = 'asked') AS buckets_expected, sumIf(buckets, what = 'empty') AS buckets_empty,
        sumIf(buckets, what = 'rows') AS buckets_received,
        toUInt64(sumIf(buckets, what = 'doubted')) AS buckets_doubted,
        arraySort(groupUniqArrayArrayIf(why, what = 'doubted')) AS reasons,
        maxIf(low, what = 'asked') AS asked_low, maxIf(high, what = 'asked') AS asked_high,
        groupArrayIf((low, high), what = 'rows') AS read_stretches,
        groupArrayIf((low, high), what = 'empty') AS empty_stretches,
        groupArrayIf(low, what = 'stored') AS stored_at, groupArrayIf(low, what = 'derived') AS derived_at
    FROM
    (
        SELECT
            toDate(timestamp) AS day, symbol, source, interval, if(derived, 'derived', 'stored') AS what,
            toInt64(toUnixTimestamp(timestamp)) AS low, low AS high, toInt64(1) AS buckets,
            CAST([], 'Array(String)') AS why
        FROM {bi}.open_interest
        UNION ALL
        -- A stretch, day by day: its buckets are the grid points in the part of the day that it covers.
        SELECT
            toDate(arrayJoin(range(toUInt32(intDiv(low, 86400)), toUInt32(intDiv(high - 1, 86400)) + 1))) AS day,
            symbol, source, interval, what, low, high,
            intDiv(least(high, (toInt64(day) + 1) * 86400) + step - 1, step)
                - intDiv(greatest(low, toInt64(day) * 86400) + step - 1, step) AS buckets,
            why
        FROM
        (
            SELECT
                symbol, source, interval, toInt64(step_seconds) AS step, 'asked' AS what,
                min(toInt64(toUnixTimestamp(first_bucket))) AS low, max(toInt64(toUnixTimestamp(after_last))) AS high,
                CAST([], 'Array(String)') AS why
            FROM {database}.ledger_coverage_newest
            GROUP BY symbol, source, interval, step
            UNION ALL
            SELECT
                symbol, source, interval, toInt64(step_seconds) AS step,
                multiIf(found = 'rows', 'rows', proven, 'empty', 'doubted') AS what,
                toInt64(toUnixTimestamp(first_bucket)) AS low, toInt64(toUnixTimestamp(after_last)) AS high,
                CAST(doubts, 'Array(String)') AS why
            FROM {database}.ledger_coverage_newest
            WHERE found = 'rows' OR proven OR notEmpty(doubts)
        )
    )
    GROUP BY day, symbol, source, interval
)
COMMENT 'What was expected, stored, missing, unproven and proven empty of each series on each day'
