-- Days that need no look are left out first, as numbers of days: those with each row, and those that lie in a stretch that
-- is proven empty. What touches the other days, a piece, is then laid out day by day, and their buckets are listed.
-- Stretches of a day that follow each other over midnight, for one reason, have the same distance to the number of
-- buckets up to their end: that distance names the whole stretch.
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
    symbol, source, interval, toDateTime(min(of_day.1), 'UTC') AS first, toDateTime(max(of_day.2), 'UTC') AS last,
    sum(of_day.3) AS buckets, of_day.4 AS reason
FROM
(
    SELECT
        symbol, source, interval, of_day,
        of_day.2 - step * sum(of_day.3) OVER (
            PARTITION BY symbol, source, interval, of_day.4 ORDER BY of_day.1 ROWS UNBOUNDED PRECEDING) AS stretch
    FROM
    (
        SELECT
            symbol, source, interval, step,
            arrayJoin(arrayMap(
                part -> (part[1].1, part[-1].1, length(part), part[1].2),
                arraySplit(
                    (one, before) -> one.1 != before.1 + step OR one.2 != before.2,
                    missing, arrayPopBack(arrayPushFront(missing, (toInt64(0), '')))))) AS of_day
        FROM
        (
            SELECT
                symbol, source, interval, step,
                arrayMap(
                    bucket -> (bucket, multiIf(
                        has(rejected_at, bucket), 'rejected',
                        arrayExists(one -> bucket >= one.1 AND bucket < one.2, received), 'lost',
                        arrayExists(one -> bucket >= one.1 AND bucket < one.2 AND notEmpty(one.3), answered_empty),
                        'unproven: ' || arrayStringConcat(arraySort(arrayFirst(
                            one -> bucket >= one.1 AND bucket < one.2, answered_empty).3), ', '),
                        arrayExists(one -> bucket >= one.1 AND bucket < one.2, answered_empty), 'empty_once',
                        'never_requested')),
                    arrayFilter(
                        bucket -> NOT has(present, bucket)
                            AND NOT arrayExists(one -> bucket >= one.1 AND bucket < one.2, empty),
                        range(
                            intDiv(greatest(requested_low, midnight) + step - 1, step) * step,
                            least(requested_high, midnight + 86400), step))) AS missing
            FROM
            (
                SELECT
                    symbol, source, interval, toInt64(day) * 86400 AS midnight, any(step) AS step,
                    any(requested_low) AS requested_low, any(requested_high) AS requested_high,
                    groupArrayIf((low, high), what = 'rows') AS received, groupArrayIf((low, high), what = 'empty') AS empty,
                    groupArrayIf((low, high, why), what = 'answered') AS answered_empty,
                    groupArrayIf(low, what = 'rejected') AS rejected_at,
                    arrayMap(second -> midnight + second, anyIf(seconds, what = 'stored')) AS present
                FROM
                (
                    SELECT
                        symbol, source, interval, step, requested_low, requested_high,
                        piece.1 AS what, piece.2 AS low, piece.3 AS high, piece.4 AS why, piece.5 AS seconds,
                        arrayJoin(bitmapToArray(bitmapSubsetInRange(
                            days, toUInt32(intDiv(low, 86400)), toUInt32(intDiv(high - 1, 86400) + 1)))) AS day
                    FROM
                    (
                        SELECT
                            symbol, source, interval, max(step_seconds) AS step,
                            minIf(begin, step_seconds > 0) AS requested_low, maxIf(end, step_seconds > 0) AS requested_high,
                            bitmapAndnot(
                                bitmapBuild(range(
                                    toUInt32(intDiv(requested_low, 86400)), toUInt32(intDiv(requested_high - 1, 86400) + 1))),
                                bitmapBuild(groupArrayArray(settled_days))) AS days,
                            arrayJoin(arrayPushFront(
                                groupArrayArray(pieces), ('requested', requested_low, requested_high, [], []))) AS piece
                        FROM
                        (
                            SELECT
                                symbol, source, interval, toInt64(step_seconds) AS step_seconds,
                                toInt64(toUnixTimestamp(first_bucket)) AS begin, toInt64(toUnixTimestamp(after_last)) AS end,
                                multiIf(found = 'rows', 'rows', proven, 'empty', 'answered') AS what,
                                [(what, begin, end, CAST(doubts, 'Array(String)'), CAST([], 'Array(UInt32)'))] AS pieces,
                                if(what = 'empty',
                                    range(toUInt32(intDiv(begin + 86399, 86400)), toUInt32(intDiv(end, 86400))), []) AS settled_days
                            FROM {database}.ledger_coverage_newest
                            UNION ALL
                            SELECT
                                symbol, source, interval, 0 AS step_seconds, 0 AS begin, 0 AS end, 'stored' AS what,
                                groupArrayIf((what, midnight, midnight + 86400, [], seconds), NOT has_all) AS pieces,
                                groupArrayIf(toUInt32(day), has_all) AS settled_days
                            FROM
                            (
                                SELECT
                                    symbol, source, interval, day, toInt64(day) * 86400 AS midnight, seconds,
                                    observations * step_seconds = 86400 AS has_all
                                FROM {database}.open_interest_days
                            )
                            GROUP BY symbol, source, interval
                            UNION ALL
                            SELECT
                                covered.symbol AS symbol, covered.source AS source, covered.interval AS interval,
                                0 AS step_seconds, toInt64(toUnixTimestamp(covered.timestamp)) AS begin, begin + 1 AS end,
                                'rejected' AS what, [(what, begin, end, [], [])] AS pieces, [] AS settled_days
                            FROM (SELECT arrayJoin(covers) AS covered FROM {database}.quarantine)
                        )
                        GROUP BY symbol, source, interval
                        HAVING step > 0
                    )
                )
                GROUP BY symbol, source, interval, day
            )
        )
    )
)
GROUP BY symbol, source, interval, reason, stretch
COMMENT 'Each stretch of buckets that coverage counts as missing, with the reason'
