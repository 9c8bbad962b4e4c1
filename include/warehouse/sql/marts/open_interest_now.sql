-- The newest time of each series is found among received rows alone: at the time of a derived row there is a 5m row, and
-- the finest interval is taken. Then the rows at the full hours of 30 days are read, and those that changes begin with.
-- Each source is a line of its own and a part of the line all; the same sums give both. NaN stands for a value that is
-- not there, so that a sum over it is not there either.
CREATE OR REPLACE VIEW {bi}.open_interest_now
(
    symbol               LowCardinality(String) COMMENT 'Such as BTC',
    source               LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures; all: the sum over those that are fresh',
    source_names         Array(String)          COMMENT 'The sources in the row: itself, or those that all adds up, by name',
    as_of                DateTime('UTC')        COMMENT 'Time of the value, UTC; of all: the oldest among its sources',
    interval             LowCardinality(String) COMMENT 'The interval that has the newest row, the finest among equals; of all: empty',
    unit                 LowCardinality(String) COMMENT 'What open_interest counts: contracts, or base units of the symbol; of all: USD',
    open_interest        Nullable(Float64)      COMMENT 'The newest value, in unit; NULL for all, since units differ',
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
    if(empty(sample), NULL, (measured - sample_mean) / nullIf(sample_deviation, 0)) AS zscore_30d,
    arrayCount(one -> one <= measured, sample) / nullIf(length(sample), 0) AS percentile_30d,
    measured / nullIf(greatest(measured, arrayMax(sample)), 0) - 1 AS from_high_ratio,
    dateDiff('second', as_of, now('UTC')) AS age_seconds, toBool(NOT is_fresh) AS stale
FROM
(
    SELECT
        symbol, shown AS source, shown = 'all' AS is_all, max(counted) AS counts, any(symbol_usd) AS total_usd,
        if(is_all, max(counted), any(fresh)) AS is_fresh,
        if(is_all, arraySort(groupArrayIf(name, counted)), [any(name)]) AS source_names,
        if(is_all AND counts, minIf(moment, counted), max(moment)) AS as_of, if(is_all, '', any(of_interval)) AS interval,
        if(is_all, NaN, any(source_value)) AS value, if(is_all AND NOT counts, NaN, sumIf(source_usd, in_line)) AS usd,
        any(values_before) AS value_before, sumForEachIf(usd_before, in_line) AS sum_before,
        arrayMap(one -> if(isNaN(value - one), NULL, value - one), value_before) AS changes,
        arrayMap((one, change) -> change / nullIf(one, 0), value_before, changes) AS ratios,
        arrayMap(one -> if(isNaN(usd - one), NULL, usd - one), arrayResize(sum_before, 4, NaN)) AS changes_usd,
        arrayMap((one, change) -> change / nullIf(one, 0), arrayResize(sum_before, 4, NaN), changes_usd) AS ratios_usd,
        sumMapIf(hours.1, hours.3, arrayMap(one -> 1, hours), counted) AS hourly,
        if(is_all, arrayFilter((one, of) -> of = countIf(counted), hourly.2, hourly.3), any(last_30_days)) AS sample,
        arrayAvg(sample) AS sample_mean, arrayReduce('stddevPopStable', sample) AS sample_deviation,
        if(is_all, usd, value) AS measured
    FROM
    (
        SELECT
            *, shown, fresh AND NOT isNaN(source_usd) AS counted, counted OR shown != 'all' AS in_line,
            sumIf(source_usd, counted) OVER (PARTITION BY symbol, shown = 'all') AS symbol_usd
        FROM
        (
            SELECT
                symbol, toString(source) AS name, any(rows.interval) AS of_interval, any(rows.step_seconds) AS step,
                max(timestamp) AS moment,
                dateDiff('second', moment, now('UTC')) - step
                    <= transform(step, [14400, 86400], [115200, 172800], 10800) AS fresh,
                arraySort(groupArray((timestamp, open_interest, ifNull(open_interest_usd, NaN)))) AS samples,
                samples[-1].2 AS source_value, samples[-1].3 AS source_usd,
                arrayMap(seconds -> indexOf(samples.1, moment - seconds), [3600, 14400, 86400, 604800]) AS places,
                arrayMap(place -> if(place = 0, NaN, samples[place].2), places) AS values_before,
                arrayMap(place -> if(place = 0, NaN, samples[place].3), places) AS usd_before,
                arrayFilter(one -> toUnixTimestamp(one.1) % 3600 = 0, samples) AS on_the_hour,
                on_the_hour.2 AS last_30_days, arrayFilter(one -> NOT isNaN(one.3), on_the_hour) AS hours
            FROM
            (
                SELECT timestamp, symbol, source, interval, step_seconds, open_interest, open_interest_usd
                FROM {bi}.open_interest
                WHERE (source, interval, symbol, timestamp) GLOBAL IN
                (
                    SELECT
                        source, best.1, symbol,
                        arrayJoin(arrayConcat(
                            arrayMap(hours -> toStartOfHour(best.2) - hours * 3600, range(720)),
                            arrayMap(seconds -> best.2 - seconds, [0, 3600, 14400, 86400, 604800])))
                    FROM
                    (
                        SELECT source, symbol, argMax((interval, newest), (newest, -step)) AS best
                        FROM
                        (
                            SELECT
                                source, interval, symbol, max(timestamp) AS newest,
                                transform(toString(interval), ['5m', '15m', '1h', '4h'], [300, 900, 3600, 14400], 86400)
                                    AS step
                            FROM {database}.open_interest_current
                            GROUP BY source, interval, symbol
                        )
                        GROUP BY source, symbol
                    )
                )
            ) AS rows
            GROUP BY symbol, source
        )
        ARRAY JOIN [name, 'all'] AS shown
    )
    GROUP BY symbol, shown
)
SETTINGS optimize_aggregation_in_order = 1
COMMENT 'Where open interest is now: a row per symbol and source, and one for all sources that are fresh'
