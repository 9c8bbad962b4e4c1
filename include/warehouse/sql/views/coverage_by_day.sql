-- Rows and stretches of a day are compared bucket by bucket: sums would let a row elsewhere on the day, or a derived one,
-- stand in for one that is lost. Times are Unix seconds, stretches half open. Both sides are grouped by their key, so that
-- filters on the key reach both. A day with each row needs no comparison: its buckets are not listed, and its arrays, which
-- are long, are not read. The storage of open_interest_days is named, as each view in between takes time to plan.
CREATE OR REPLACE VIEW {database}.coverage_by_day
(
    day              Date                                        COMMENT 'Day, UTC',
    symbol           LowCardinality(String)                      COMMENT 'Such as BTC',
    source           LowCardinality(String)                      COMMENT 'Exchange and market, such as binance_futures',
    interval         LowCardinality(String)                      COMMENT '5m, 15m, 1h, 4h or 1d',
    buckets_expected Int64                                       COMMENT 'Buckets of the day between the first and the last one requested',
    buckets_empty    Int64                                       COMMENT 'Buckets proven empty',
    buckets_received Int64                                       COMMENT 'Buckets for which a row was received',
    buckets_unproven Int64                                       COMMENT 'Buckets without a row, in an answer that proves nothing',
    requested_low        Int64                                       COMMENT 'First bucket requested of the series',
    requested_high       Int64                                       COMMENT 'The bucket after the last one requested',
    received         Array(Tuple(Int64, Int64))                  COMMENT 'Stretches for which rows were received',
    empty            Array(Tuple(Int64, Int64))                  COMMENT 'Stretches proven empty',
    answered_empty   Array(Tuple(Int64, Int64, Array(String)))   COMMENT 'Stretches without a row that are not proven, with why',
    whole            Bool                                        COMMENT 'True where each bucket of the day has a stored row: stored_at does not list them',
    stored_at        Array(Int64)                                COMMENT 'Buckets with a stored row of this interval',
    derived_at       Array(Int64)                                COMMENT 'Buckets whose value is the 5m snapshot',
    rejected_at      Array(Int64)                                COMMENT 'Buckets for which a row lies in quarantine'
)
AS SELECT
    day, symbol, source, interval, buckets_expected, buckets_empty, buckets_received, buckets_unproven, requested_low,
    requested_high, received, empty, answered_empty, whole,
    arrayMap(second -> toInt64(day) * 86400 + second,
        arrayFilter((second, is_derived) -> NOT is_derived, seconds_of_rows, derived_rows)) AS stored_at,
    arrayMap(second -> toInt64(day) * 86400 + second,
        arrayFilter((second, is_derived) -> is_derived, seconds_of_rows, derived_rows)) AS derived_at,
    rejected_at
FROM
(
    SELECT
        day, symbol, source, interval,
        sumIf(buckets, what = 'requested') AS buckets_expected, sumIf(buckets, what = 'empty') AS buckets_empty,
        sumIf(buckets, what = 'rows') AS buckets_received,
        sumIf(buckets, what = 'answered' AND notEmpty(why)) AS buckets_unproven,
        maxIf(low, what = 'requested') AS requested_low, maxIf(high, what = 'requested') AS requested_high,
        groupArrayIf((low, high), what = 'rows') AS received, groupArrayIf((low, high), what = 'empty') AS empty,
        groupArrayIf((low, high, why), what = 'answered') AS answered_empty,
        toBool(max(what = 'whole')) AS whole,
        anyIf(seconds, what = 'stored') AS seconds_of_rows, anyIf(derived, what = 'stored') AS derived_rows,
        groupUniqArrayIf(low, what = 'rejected') AS rejected_at
    FROM
    (
        SELECT
            day, symbol, source, interval, 'stored' AS what, toInt64(0) AS low, toInt64(0) AS high, toInt64(0) AS buckets,
            CAST([], 'Array(String)') AS why, seconds, derived
        FROM {database}.open_interest_day_rows FINAL
        WHERE observations > 0 AND (symbol, source, interval, day) GLOBAL IN
        (
            SELECT symbol, source, interval, day
            FROM {database}.open_interest_day_rows FINAL
            WHERE observations > 0 AND (observations - derived_observations) * step_seconds < 86400
        )
        UNION ALL
        SELECT
            day, symbol, source, interval, 'whole' AS what, toInt64(0) AS low, toInt64(0) AS high, toInt64(0) AS buckets,
            CAST([], 'Array(String)') AS why, CAST([], 'Array(UInt32)') AS seconds, CAST([], 'Array(Bool)') AS derived
        FROM {database}.open_interest_day_rows FINAL
        WHERE observations > 0 AND (observations - derived_observations) * step_seconds = 86400
        UNION ALL
        SELECT
            toDate(covered.timestamp) AS day, covered.symbol AS symbol, covered.source AS source, covered.interval AS interval,
            'rejected' AS what, toInt64(toUnixTimestamp(covered.timestamp)) AS low, low AS high, toInt64(1) AS buckets,
            CAST([], 'Array(String)') AS why, CAST([], 'Array(UInt32)') AS seconds, CAST([], 'Array(Bool)') AS derived
        FROM (SELECT arrayJoin(covers) AS covered FROM {database}.quarantine)
        UNION ALL
        -- A stretch, day by day: its buckets are the grid points in the part of the day that it covers.
        SELECT
            toDate(arrayJoin(range(toUInt32(intDiv(low, 86400)), toUInt32(intDiv(high - 1, 86400)) + 1))) AS day,
            symbol, source, interval, what, low, high,
            intDiv(least(high, (toInt64(day) + 1) * 86400) + step - 1, step)
                - intDiv(greatest(low, toInt64(day) * 86400) + step - 1, step) AS buckets,
            why, CAST([], 'Array(UInt32)') AS seconds, CAST([], 'Array(Bool)') AS derived
        FROM
        (
            SELECT
                symbol, source, interval, toInt64(step_seconds) AS step, 'requested' AS what,
                min(toInt64(toUnixTimestamp(first_bucket))) AS low, max(toInt64(toUnixTimestamp(after_last))) AS high,
                CAST([], 'Array(String)') AS why
            FROM {database}.ledger_coverage_newest
            GROUP BY symbol, source, interval, step
            UNION ALL
            SELECT
                symbol, source, interval, toInt64(step_seconds) AS step,
                multiIf(found = 'rows', 'rows', proven, 'empty', 'answered') AS what,
                toInt64(toUnixTimestamp(first_bucket)) AS low, toInt64(toUnixTimestamp(after_last)) AS high,
                CAST(doubts, 'Array(String)') AS why
            FROM {database}.ledger_coverage_newest
        )
    )
    GROUP BY day, symbol, source, interval
)
COMMENT 'What was requested, received, stored, derived and rejected of each series on each day, as buckets and stretches'
