-- A moment at which a source is missing would look like a fall of the sum. So a day is the sum over one set of sources:
-- of the sets that have a value at one moment the largest one, among equals the set and interval that cover most of the
-- day, then the finest interval. The previous close is the sum over the same set on the day before, at the last moment
-- of the interval in which it had most moments: where both days have the same set, the close of that day.
--
-- A day of a source is an array with a place for each moment, -1 where it has no US dollars (they are never negative);
-- adding such arrays up is three times cheaper than grouping by moment. A set is known by the sum of its sources' hashes.
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
    day, symbol, best.1 AS source_names, length(source_names) AS source_count, best.2 AS interval,
    toUInt64(length(best.4)) AS observations, intDiv(86400, greatest(best.3, 1)) AS observations_expected,
    best.4[1] AS open_usd, arrayMax(best.4) AS high_usd, arrayMin(best.4) AS low_usd, best.4[-1] AS close_usd,
    arrayAvg(best.4) AS mean_usd,
    if(last_before = 0, NULL, arraySum(one -> one[last_before], ranked_before[1].3)) AS prev_close_usd,
    close_usd - prev_close_usd AS change_usd, change_usd / nullIf(prev_close_usd, 0) AS change_usd_ratio,
    close_usd - open_usd AS intraday_change_usd
FROM
(
    SELECT
        day, symbol,
        argMaxIf(
            (names, interval, step, totals), (length(names), length(totals) * step, -toInt64(step), names), of_day) AS best,
        groupArrayIf((step, of_sources), NOT of_day) AS before,
        -- Of each interval of the day before, the arrays of these sources, and at how many moments all have a value.
        arrayMap(one -> (one.1, arrayMap(source -> source.2, arrayFilter(source -> has(best.1, source.1), one.2))), before)
            AS of_these,
        arrayMap(
            one -> (one.1, arrayReduce('sumForEach', arrayMap(usd -> arrayMap(x -> toUInt8(x >= 0), usd), one.2)), one.2),
            arrayFilter(one -> length(one.2) = length(best.1), of_these)) AS counted,
        arrayReverseSort(
            one -> (countEqual(one.2, length(best.1)) * one.1, -toInt64(one.1)), counted) AS ranked_before,
        if(empty(ranked_before), 0, arrayLastIndex(sources -> sources = length(best.1), ranked_before[1].2)) AS last_before
    FROM
    (
        SELECT
            day, symbol, true AS of_day, interval, any(day_of_source.step) AS step, groupArray((toString(source), usd)) AS of_sources,
            sumForEach(arrayMap(x -> greatest(x, 0), usd)) AS sums,
            sumForEach(arrayMap(x -> if(x < 0, 0, hash), usd)) AS sets,
            arrayMap(
                set -> arraySort(arrayMap(source -> source.1, arrayFilter(
                    source -> source.2[indexOf(sets, set)] >= 0 AND length(source.2) >= indexOf(sets, set), of_sources))),
                arrayFilter(set -> set != 0, arrayDistinct(sets))) AS names_of_sets,
            arrayReverseSort(
                one -> (length(one.1), countEqual(sets, one.2), one.1),
                arrayZip(names_of_sets, arrayFilter(set -> set != 0, arrayDistinct(sets))))[1] AS largest,
            largest.1 AS names, arrayFilter((total, set) -> set = largest.2, sums, sets) AS totals
        FROM
        (
            SELECT
                toDate(timestamp) AS day, symbol, source, interval, any(step_seconds) AS step, cityHash64(source) AS hash,
                groupArrayInsertAt(-1.)(
                    assumeNotNull(open_interest_usd), intDiv(toUnixTimestamp(timestamp) % 86400, step_seconds)) AS usd
            FROM {bi}.open_interest
            WHERE open_interest_usd IS NOT NULL
            GROUP BY day, symbol, source, interval
        ) AS day_of_source
        GROUP BY day, symbol, interval
        UNION ALL
        SELECT
            day, symbol, false AS of_day, interval, any(day_of_source.step) AS step, groupArray((toString(source), usd)) AS of_sources,
            [] AS sums, [] AS sets, [] AS names_of_sets, ([], 0) AS largest, [] AS names, [] AS totals
        FROM
        (
            SELECT
                toDate(timestamp) + 1 AS day, symbol, source, interval, any(step_seconds) AS step,
                groupArrayInsertAt(-1.)(
                    assumeNotNull(open_interest_usd), intDiv(toUnixTimestamp(timestamp) % 86400, step_seconds)) AS usd
            FROM {bi}.open_interest
            WHERE open_interest_usd IS NOT NULL
            GROUP BY day, symbol, source, interval
        ) AS day_of_source
        GROUP BY day, symbol, interval
    )
    GROUP BY day, symbol
    HAVING max(of_day)
)
COMMENT 'Open interest by day over one set of sources, in US dollars: open, high, low, close, mean, change from close to close'
