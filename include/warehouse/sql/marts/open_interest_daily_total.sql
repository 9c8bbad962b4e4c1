-- A moment at which a source is missing would look like a fall of the sum. So a day is the sum over one set of sources:
-- of the sets that have a value at one moment the largest one, among equals the set and interval that cover most of the
-- day, then the finest interval. The previous close is the sum over the same set on the day before, at the last moment
-- of the interval in which it had most moments: where both days have the same set, the close of that day.
--
-- A day of a source is an array with a place for each moment, -1 where it has no US dollars (they are never negative).
-- A set is known by the sum of its sources' hashes. Each step is a query of its own: the engine plans one that repeats
-- long expressions slowly.
CREATE OR REPLACE VIEW {bi}.open_interest_daily_total
(
    day                   Date                   COMMENT 'Day, UTC; the current one as far as it has rows',
    symbol                LowCardinality(String) COMMENT 'Such as BTC',
    source_names          Array(String)          COMMENT 'The sources whose US dollars are added up, by name: the same at every moment of the day',
    source_count          UInt64                 COMMENT 'How many they are',
    interval              LowCardinality(String) COMMENT 'What the day is computed from',
    observations          UInt64                 COMMENT 'Moments of that interval at which all these sources have a value and no other has',
    observations_expected UInt64                 COMMENT 'Moments that a whole day has',
    open_usd              Float64                COMMENT 'First sum of the day, US dollars',
    high_usd              Float64                COMMENT 'Highest sum of the day, US dollars',
    low_usd               Float64                COMMENT 'Lowest sum of the day, US dollars',
    close_usd             Float64                COMMENT 'Last sum of the day, US dollars',
    mean_usd              Float64                COMMENT 'Mean of the sums, US dollars',
    prev_close_usd        Nullable(Float64)      COMMENT 'Last sum over the same sources on the day before, US dollars; NULL where they had no moment in common',
    change_usd            Nullable(Float64)      COMMENT 'close_usd - prev_close_usd, US dollars; price moves included',
    change_usd_ratio      Nullable(Float64)      COMMENT 'change_usd / prev_close_usd as a fraction: 0.05 is 5 %; NULL where prev_close_usd is 0',
    intraday_change_usd   Float64                COMMENT 'close_usd - open_usd, US dollars; price moves included'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    day, symbol, source_names, length(source_names) AS source_count, interval,
    toUInt64(length(totals)) AS observations, intDiv(86400, greatest(step, 1)) AS observations_expected,
    totals[1] AS open_usd, arrayMax(totals) AS high_usd, arrayMin(totals) AS low_usd, totals[-1] AS close_usd,
    arrayAvg(totals) AS mean_usd,
    if(last_before = 0, NULL, arraySum(one -> one[last_before], of_day_before)) AS prev_close_usd,
    close_usd - prev_close_usd AS change_usd, change_usd / nullIf(prev_close_usd, 0) AS change_usd_ratio,
    close_usd - open_usd AS intraday_change_usd
FROM
(
    SELECT
        day, symbol, source_names, interval, step, totals, ranked_before[1].3 AS of_day_before,
        if(empty(ranked_before), 0, arrayLastIndex(sources -> sources = length(source_names), ranked_before[1].2))
            AS last_before
    FROM
    (
        -- Of each interval of the day before, the arrays of these sources, and at how many moments all have a value.
        SELECT
            day, symbol, source_names, interval, step, totals,
            arrayReverseSort(
                one -> (countEqual(one.2, length(source_names)) * one.1, -toInt64(one.1)),
                arrayMap(
                    one -> (
                        one.1, arrayReduce('sumForEach', arrayMap(usd -> arrayMap(x -> toUInt8(x >= 0), usd), one.2)),
                        one.2),
                    of_these)) AS ranked_before
        FROM
        (
            SELECT
                day, symbol, best.1 AS source_names, best.2 AS interval, best.3 AS step, best.4 AS totals,
                arrayFilter(one -> length(one.2) = length(source_names), arrayMap(
                    one -> (
                        one.1,
                        arrayMap(source -> source.2, arrayFilter(source -> has(source_names, source.1), one.2))),
                    before)) AS of_these
            FROM
            (
                SELECT
                    day, symbol,
                    argMaxIf(
                        (names, interval, step, totals), (length(names), length(totals) * step, -toInt64(step), names),
                        of_day) AS best,
                    groupArrayIf((step, of_sources), NOT of_day) AS before
                FROM
                (
                    SELECT
                        day, symbol, true AS of_day, interval, step, [] AS of_sources, largest.1 AS names,
                        arrayFilter((total, set) -> set = largest.2, sums, sets) AS totals
                    FROM
                    (
                        SELECT
                            day, symbol, interval, step, sums, sets,
                            arrayReverseSort(
                                one -> (length(one.1), countEqual(sets, one.2), one.1),
                                arrayMap(
                                    set -> (
                                        arraySort(arrayMap(source -> source.1, arrayFilter(
                                            source -> source.2[indexOf(sets, set)] >= 0, of_sources))),
                                        set),
                                    arrayFilter(set -> set != 0, arrayDistinct(sets))))[1] AS largest
                        FROM
                        (
                            SELECT
                                day, symbol, interval, any(step) AS step, groupArray((toString(source), usd)) AS of_sources,
                                sumForEach(arrayMap(x -> greatest(x, 0), usd)) AS sums,
                                sumForEach(arrayMap(x -> if(x < 0, 0, hash), usd)) AS sets
                            FROM
                            (
                                SELECT
                                day, symbol, source, interval, step_seconds AS step, cityHash64(source) AS hash,
                                if(observations * step_seconds = 86400, open_interest_usd, arrayMap(
                                    slot -> if(has(seconds, slot), open_interest_usd[indexOf(seconds, slot)], -1.),
                                    range(0, 86400, step_seconds))) AS usd
                            FROM {database}.open_interest_days
                            WHERE high_usd IS NOT NULL
                            )
                            GROUP BY day, symbol, interval
                        )
                    )
                    UNION ALL
                    SELECT
                        day, symbol, false AS of_day, interval, any(step) AS step,
                        groupArray((toString(source), usd)) AS of_sources, [] AS names, [] AS totals
                    FROM
                    (
                        SELECT
                            day + 1 AS day, symbol, source, interval, step_seconds AS step,
                            if(observations * step_seconds = 86400, open_interest_usd, arrayMap(
                                slot -> if(has(seconds, slot), open_interest_usd[indexOf(seconds, slot)], -1.),
                                range(0, 86400, step_seconds))) AS usd
                        FROM {database}.open_interest_days
                        WHERE high_usd IS NOT NULL
                    )
                    GROUP BY day, symbol, interval
                )
                GROUP BY day, symbol
                HAVING max(of_day)
            )
        )
    )
)
COMMENT 'Open interest by day over one set of sources, in US dollars: open, high, low, close, mean, change from close to close'
