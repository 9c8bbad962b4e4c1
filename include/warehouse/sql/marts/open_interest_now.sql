-- Of each source one interval is read over 31 days: of those whose newest row is at most an hour older than the newest of
-- all, the one that has rows on most of these days. Otherwise two hours of 5m would hide the changes that a month of 1h
-- gives. Among equals the newest row decides, then the finest interval.
-- The three long arrays of a source are in one order; the engine plans nested lambdas over their days slowly.
-- Each step is a query of its own: the engine plans one that repeats long expressions slowly.
-- The lines of a symbol are one array: one line of each source, then the line all, which adds up those that count. NaN stands
-- for a value that is not there, so that a sum over it is not there either; in storage -1 stands for it.
CREATE OR REPLACE VIEW {bi}.open_interest_now
(
    symbol               LowCardinality(String) COMMENT 'Such as BTC',
    source               LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures; all: the sum over those that are fresh',
    source_names         Array(String)          COMMENT 'The sources in the row: itself, or those that all adds up, by name',
    as_of                DateTime64(0, 'UTC')    COMMENT 'Time of the value, UTC; of all: the oldest among its sources',
    interval             LowCardinality(String) COMMENT 'The interval with rows on most of the last 31 days whose newest row is at most an hour older than that of any; the newest, then the finest among equals; of all: empty',
    unit                 LowCardinality(String) COMMENT 'What open_interest counts: contracts, or base units of the symbol; of all: USD',
    open_interest        Nullable(Float64)      COMMENT 'The newest value of that interval, in unit; NULL for all, since units differ',
    open_interest_usd    Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none, for all where no source is fresh',
    implied_price        Nullable(Float64)      COMMENT 'open_interest_usd / open_interest: US dollars of a unit; NULL for all',
    share                Nullable(Float64)      COMMENT 'Part of the US dollars of all, 0 to 1; NULL for a source that all does not hold',
    change_1h            Nullable(Float64)      COMMENT 'Change in 1 hour, in unit; NULL where the row 1 hour before is missing, and for all',
    change_1h_ratio      Nullable(Float64)      COMMENT 'The same as a fraction of the value before: 0.05 is 5 %',
    change_1h_usd        Nullable(Float64)      COMMENT 'Change in 1 hour, US dollars, price moves included; of all: over the same sources, NULL where one lacks its row',
    change_1h_usd_ratio  Nullable(Float64)      COMMENT 'The same as a fraction of the US dollars before',
    change_4h            Nullable(Float64)      COMMENT 'Change in 4 hours, in unit; NULL where the row 4 hours before is missing, and for all',
    change_4h_ratio      Nullable(Float64)      COMMENT 'The same as a fraction of the value before: 0.05 is 5 %',
    change_4h_usd        Nullable(Float64)      COMMENT 'Change in 4 hours, US dollars, price moves included; of all: over the same sources, NULL where one lacks its row',
    change_4h_usd_ratio  Nullable(Float64)      COMMENT 'The same as a fraction of the US dollars before',
    change_24h           Nullable(Float64)      COMMENT 'Change in 24 hours, in unit; NULL where the row 24 hours before is missing, and for all',
    change_24h_ratio     Nullable(Float64)      COMMENT 'The same as a fraction of the value before: 0.05 is 5 %',
    change_24h_usd       Nullable(Float64)      COMMENT 'Change in 24 hours, US dollars, price moves included; of all: over the same sources, NULL where one lacks its row',
    change_24h_usd_ratio Nullable(Float64)      COMMENT 'The same as a fraction of the US dollars before',
    change_7d            Nullable(Float64)      COMMENT 'Change in 7 days, in unit; NULL where the row 7 days before is missing, and for all',
    change_7d_ratio      Nullable(Float64)      COMMENT 'The same as a fraction of the value before: 0.05 is 5 %',
    change_7d_usd        Nullable(Float64)      COMMENT 'Change in 7 days, US dollars, price moves included; of all: over the same sources, NULL where one lacks its row',
    change_7d_usd_ratio  Nullable(Float64)      COMMENT 'The same as a fraction of the US dollars before',
    zscore_30d           Nullable(Float64)      COMMENT 'Standard deviations above the mean of the full hours of the last 30 days; of all: in US dollars, hours with all its sources',
    percentile_30d       Nullable(Float64)      COMMENT 'Part of the full hours of the last 30 days with a value at or below this one, 0 to 1',
    from_high_ratio      Nullable(Float64)      COMMENT 'Value / highest value at a full hour of the last 30 days, or now, - 1: -0.05 is 5 % below it',
    age_seconds          Int64                  COMMENT 'Seconds since as_of',
    stale                Bool                   COMMENT 'True where the bucket closed more than 3 hours ago (4h: 32 hours, 1d: 2 days); such a source is not in all'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    symbol, source, source_names, as_of, interval, multiIf(is_all, 'USD', source = 'kalshi', 'contracts', 'base units') AS unit,
    if(is_all, NULL, value) AS open_interest, if(isNaN(usd), NULL, usd) AS open_interest_usd,
    open_interest_usd / nullIf(open_interest, 0) AS implied_price,
    if(counts, usd / nullIf(total_usd, 0), NULL) AS share,
    changes[1] AS change_1h, ratios[1] AS change_1h_ratio, changes_usd[1] AS change_1h_usd,
    ratios_usd[1] AS change_1h_usd_ratio,
    changes[2] AS change_4h, ratios[2] AS change_4h_ratio, changes_usd[2] AS change_4h_usd,
    ratios_usd[2] AS change_4h_usd_ratio,
    changes[3] AS change_24h, ratios[3] AS change_24h_ratio, changes_usd[3] AS change_24h_usd,
    ratios_usd[3] AS change_24h_usd_ratio,
    changes[4] AS change_7d, ratios[4] AS change_7d_ratio, changes_usd[4] AS change_7d_usd,
    ratios_usd[4] AS change_7d_usd_ratio,
    if(empty(sample), NULL, (measured - arrayAvg(sample)) / nullIf(arrayReduce('stddevPopStable', sample), 0)) AS zscore_30d,
    arrayCount(one -> one <= measured, sample) / nullIf(length(sample), 0) AS percentile_30d,
    measured / nullIf(greatest(measured, arrayMax(sample)), 0) - 1 AS from_high_ratio,
    dateDiff('second', as_of, now('UTC')) AS age_seconds, toBool(NOT is_fresh) AS stale
FROM
(
    SELECT
        symbol, total_usd, line.1 AS source, source = 'all' AS is_all, line.2 AS source_names, line.3 AS as_of,
        line.4 AS interval, line.5 AS value, line.6 AS usd, if(is_all, usd, value) AS measured, line.7 AS value_before,
        line.8 AS sums_before, line.9 AS is_fresh, line.10 AS counts, line.11 AS sample,
        arrayMap(one -> if(isNaN(value - one), NULL, value - one), value_before) AS changes,
        arrayMap(one -> if(isNaN(usd - one), NULL, usd - one), sums_before) AS changes_usd,
        arrayMap((one, change) -> change / nullIf(one, 0), value_before, changes) AS ratios,
        arrayMap((one, change) -> change / nullIf(one, 0), sums_before, changes_usd) AS ratios_usd
    FROM
    (
        SELECT
            symbol, sumIf(source_usd, counted) AS total_usd, countIf(counted) AS sources,
            sumMapIf(hours.1, hours.3, arrayMap(one -> 1, hours), counted) AS hourly,
            arrayPushBack(
                groupArray((
                    name, [name], moment, toString(of_interval), source_value, source_usd, values_before, usds_before, fresh,
                    counted, last_30_days)),
                (
                    'all', arraySort(groupArrayIf(name, counted)), if(sources > 0, minIf(moment, counted), max(moment)), '', NaN,
                    if(sources > 0, total_usd, NaN), arrayResize([NaN], 4, NaN),
                    arrayResize(sumForEachIf(usds_before, counted), 4, NaN), sources > 0, sources > 0,
                    arrayFilter((one, of) -> of = sources, hourly.2, hourly.3)
                )) AS lines
        FROM
        (
            SELECT *, fresh AND NOT isNaN(source_usd) AS counted
            FROM
            (
                SELECT
                    symbol, name, of_interval, moment,
                    dateDiff('second', moment, now('UTC')) - step
                        <= transform(step, [14400, 86400], [115200, 172800], 10800) AS fresh,
                    arrayMap(lag -> indexOf(times, newest - lag), [0, 3600, 14400, 86400, 604800]) AS places,
                    arrayMap(place -> if(place = 0, NaN, values[place]), places) AS values_at,
                    arrayMap(place -> if(place = 0 OR usds[place] < 0, NaN, usds[place]), places) AS usds_at,
                    values_at[1] AS source_value, usds_at[1] AS source_usd,
                    arraySlice(values_at, 2) AS values_before, arraySlice(usds_at, 2) AS usds_before,
                    arrayFilter(
                        one -> one.1 % 3600 = 0 AND one.1 > newest - 2592000, arrayZip(times, values, usds)) AS on_the_hour,
                    on_the_hour.2 AS last_30_days, arrayFilter(one -> one.3 >= 0, on_the_hour) AS hours
                FROM
                (
                    SELECT
                        symbol, toString(source) AS name, any(interval) AS of_interval, any(step_seconds) AS step,
                        max(close_at) AS moment, toUnixTimestamp(moment) AS newest,
                        groupArrayArray(arrayMap(second -> toInt64(day) * 86400 + second, seconds)) AS times,
                        groupArrayArray(open_interest) AS values, groupArrayArray(open_interest_usd) AS usds
                    FROM {database}.open_interest_day_rows FINAL
                    WHERE observations > 0 AND (symbol, source, interval, day) GLOBAL IN
                    (
                        SELECT
                            symbol, source, best.4,
                            arrayJoin(arrayMap(back -> toDate(best.2) - back, range(31)))
                        FROM
                        (
                            SELECT
                                symbol, source,
                                groupArray((days, newest, -toInt64(step), interval)) AS intervals,
                                arraySort(arrayFilter(one -> one.2 >= max(newest) - 3600, intervals))[-1] AS best
                            FROM
                            (
                                SELECT
                                    symbol, source, interval, max(close_at) AS newest, any(step_seconds) AS step,
                                    countIf(day > toDate(now('UTC')) - 31) AS days
                                FROM {database}.open_interest_day_rows FINAL
                                WHERE observations > 0
                                GROUP BY symbol, source, interval
                                SETTINGS optimize_aggregation_in_order = 1
                            )
                            GROUP BY symbol, source
                        )
                    )
                    GROUP BY symbol, source
                )
            )
        )
        GROUP BY symbol
    )
    ARRAY JOIN lines AS line
)
COMMENT 'Where open interest is now: a row per symbol and source, and one for all sources that are fresh'
