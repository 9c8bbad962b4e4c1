CREATE DATABASE IF NOT EXISTS bi;

CREATE OR REPLACE VIEW bi.open_interest
(
    timestamp         DateTime('UTC')        COMMENT 'Start of the observation, UTC, on the grid of the interval',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    step_seconds      UInt32                 COMMENT 'Length of the interval in seconds',
    open_interest     Float64                COMMENT 'Base units or contracts, as the source counts',
    open_interest_usd Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor last told this value, UTC'
)
AS SELECT
    timestamp, symbol, source, interval,
    toUInt32(transform(toString(interval), ['5m', '15m', '1h', '4h', '1d'], [300, 900, 3600, 14400, 86400], 0))
        AS step_seconds,
    open_interest, open_interest_usd, known_at
FROM market.open_interest
COMMENT 'Open interest: one row per symbol, source, interval and time, the newest known value';

CREATE OR REPLACE VIEW bi.open_interest_as_of
AS SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at
FROM market.open_interest_as_of(moment = {moment:DateTime64(3, 'UTC')})
COMMENT 'Open interest as it was known at a moment, UTC: open_interest_as_of(moment = ''2026-03-07 04:00:00'')';

CREATE OR REPLACE VIEW bi.open_interest_latest
(
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    step_seconds      UInt32                 COMMENT 'Length of the interval in seconds',
    timestamp         DateTime('UTC')        COMMENT 'Start of the newest observation, UTC',
    open_interest     Float64                COMMENT 'Base units or contracts, as the source counts',
    open_interest_usd Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor told this value, UTC',
    age_seconds       Int64                  COMMENT 'Seconds since the start of the newest observation'
)
AS SELECT
    symbol, source, interval, step_seconds, timestamp, open_interest, open_interest_usd, known_at,
    dateDiff('second', timestamp, now('UTC')) AS age_seconds
FROM bi.open_interest
WHERE (source, interval, symbol, timestamp) GLOBAL IN
(
    SELECT source, interval, symbol, max(timestamp)
    FROM bi.open_interest
    GROUP BY source, interval, symbol
)
SETTINGS optimize_aggregation_in_order = 1
COMMENT 'The newest row of each series, with its age';

CREATE OR REPLACE VIEW bi.open_interest_daily
(
    day               Date                   COMMENT 'Day, UTC',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT 'What the day is computed from: its finest interval with rows',
    points            UInt64                 COMMENT 'Observations of that interval on that day',
    points_expected   UInt64                 COMMENT 'Observations that a whole day has',
    open              Float64                COMMENT 'First value of the day; base units or contracts',
    high              Float64                COMMENT 'Highest value of the day; base units or contracts',
    low               Float64                COMMENT 'Lowest value of the day; base units or contracts',
    close             Float64                COMMENT 'Last value of the day; base units or contracts',
    mean              Float64                COMMENT 'Mean of the observations; base units or contracts',
    change            Float64                COMMENT 'close - open; base units or contracts',
    change_share      Nullable(Float64)      COMMENT 'change / open: 0.05 is 5 % up; NULL where open is 0',
    open_usd          Nullable(Float64)      COMMENT 'First value in US dollars; NULL where the source gave none',
    high_usd          Nullable(Float64)      COMMENT 'Highest value in US dollars; NULL where the source gave none',
    low_usd           Nullable(Float64)      COMMENT 'Lowest value in US dollars; NULL where the source gave none',
    close_usd         Nullable(Float64)      COMMENT 'Last value in US dollars; NULL where the source gave none',
    mean_usd          Nullable(Float64)      COMMENT 'Mean in US dollars; NULL where the source gave none',
    change_usd        Nullable(Float64)      COMMENT 'close_usd - open_usd, US dollars',
    change_usd_share  Nullable(Float64)      COMMENT 'change_usd / open_usd: 0.05 is 5 % up; NULL where open_usd is 0'
)
AS SELECT
    day, symbol, source, finest.1 AS interval, finest.2 AS points, intDiv(86400, finest_step) AS points_expected,
    finest.3 AS open, finest.4 AS high, finest.5 AS low, finest.6 AS close, finest.7 AS mean,
    close - open AS change, change / nullIf(open, 0) AS change_share,
    finest.8 AS open_usd, finest.9 AS high_usd, finest.10 AS low_usd, finest.11 AS close_usd, finest.12 AS mean_usd,
    close_usd - open_usd AS change_usd, change_usd / nullIf(open_usd, 0) AS change_usd_share
FROM
(
    SELECT
        day, symbol, source, min(step_seconds) AS finest_step,
        argMin((interval, points, first, highest, lowest, last, average,
                first_usd, highest_usd, lowest_usd, last_usd, average_usd), step_seconds) AS finest
    FROM
    (
        SELECT
            toDate(timestamp) AS day, symbol, source, interval, any(step_seconds) AS step_seconds, count() AS points,
            argMin(open_interest, timestamp) AS first, max(open_interest) AS highest, min(open_interest) AS lowest,
            argMax(open_interest, timestamp) AS last, avg(open_interest) AS average,
            argMin(open_interest_usd, timestamp) AS first_usd, max(open_interest_usd) AS highest_usd,
            min(open_interest_usd) AS lowest_usd, argMax(open_interest_usd, timestamp) AS last_usd,
            avg(open_interest_usd) AS average_usd
        FROM bi.open_interest
        GROUP BY day, symbol, source, interval
    )
    GROUP BY day, symbol, source
)
COMMENT 'Open interest by day and source: open, high, low, close, mean, change';

CREATE OR REPLACE VIEW bi.open_interest_daily_total
(
    day               Date                   COMMENT 'Day, UTC',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    sources           UInt64                 COMMENT 'How many sources the sums hold: the most of that day at one moment',
    interval          LowCardinality(String) COMMENT 'What the day is computed from: its finest interval with so many',
    points            UInt64                 COMMENT 'Moments of that interval at which all these sources have a value',
    points_expected   UInt64                 COMMENT 'Moments that a whole day has',
    open_usd          Float64                COMMENT 'First sum over sources of the day, US dollars',
    high_usd          Float64                COMMENT 'Highest sum over sources of the day, US dollars',
    low_usd           Float64                COMMENT 'Lowest sum over sources of the day, US dollars',
    close_usd         Float64                COMMENT 'Last sum over sources of the day, US dollars',
    mean_usd          Float64                COMMENT 'Mean of the sums over sources, US dollars',
    change_usd        Float64                COMMENT 'close_usd - open_usd, US dollars',
    change_usd_share  Nullable(Float64)      COMMENT 'change_usd / open_usd: 0.05 is 5 % up; NULL where open_usd is 0'
)
AS SELECT
    day, symbol, best.1 AS sources, best.2 AS interval, best.3 AS points, intDiv(86400, best.4) AS points_expected,
    best.5 AS open_usd, best.6 AS high_usd, best.7 AS low_usd, best.8 AS close_usd, best.9 AS mean_usd,
    close_usd - open_usd AS change_usd, change_usd / nullIf(open_usd, 0) AS change_usd_share
FROM
(
    SELECT
        day, symbol,
        argMax((moment_sources, interval, points, step_seconds, first, highest, lowest, last, average),
               (toInt64(moment_sources), -toInt64(step_seconds))) AS best
    FROM
    (
        SELECT
            toDate(timestamp) AS day, symbol, interval, moment_sources, any(step_seconds) AS step_seconds,
            count() AS points, argMin(total_usd, timestamp) AS first, max(total_usd) AS highest,
            min(total_usd) AS lowest, argMax(total_usd, timestamp) AS last, avg(total_usd) AS average
        FROM
        (
            SELECT
                timestamp, symbol, interval, any(step_seconds) AS step_seconds,
                sum(assumeNotNull(open_interest_usd)) AS total_usd, count() AS moment_sources
            FROM bi.open_interest
            WHERE open_interest_usd IS NOT NULL
            GROUP BY timestamp, symbol, interval
        )
        GROUP BY day, symbol, interval, moment_sources
    )
    GROUP BY day, symbol
)
COMMENT 'Open interest by day over all sources, in US dollars: open, high, low, close, mean, change';

CREATE OR REPLACE VIEW bi.open_interest_change
(
    timestamp            DateTime('UTC')        COMMENT 'Start of the observation, UTC',
    symbol               LowCardinality(String) COMMENT 'Such as BTC',
    source               LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval             LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d; a change over less than it is NULL',
    open_interest        Float64                COMMENT 'Base units or contracts, as the source counts',
    open_interest_usd    Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none',
    change_1h            Nullable(Float64)      COMMENT 'Change in 1 hour; base units or contracts',
    change_1h_share      Nullable(Float64)      COMMENT 'The same as a share of the value before: 0.05 is 5 % up',
    change_1h_usd        Nullable(Float64)      COMMENT 'Change in 1 hour, US dollars; price moves included',
    change_1h_usd_share  Nullable(Float64)      COMMENT 'The same as a share of the US dollars before',
    change_24h           Nullable(Float64)      COMMENT 'Change in 24 hours; base units or contracts',
    change_24h_share     Nullable(Float64)      COMMENT 'The same as a share of the value before: 0.05 is 5 % up',
    change_24h_usd       Nullable(Float64)      COMMENT 'Change in 24 hours, US dollars; price moves included',
    change_24h_usd_share Nullable(Float64)      COMMENT 'The same as a share of the US dollars before',
    change_7d            Nullable(Float64)      COMMENT 'Change in 7 days; base units or contracts',
    change_7d_share      Nullable(Float64)      COMMENT 'The same as a share of the value before: 0.05 is 5 % up',
    change_7d_usd        Nullable(Float64)      COMMENT 'Change in 7 days, US dollars; price moves included',
    change_7d_usd_share  Nullable(Float64)      COMMENT 'The same as a share of the US dollars before'
)
AS SELECT
    timestamp, symbol, source, interval, assumeNotNull(now_value) AS open_interest, now_usd AS open_interest_usd,
    now_value - value_1h AS change_1h, change_1h / nullIf(value_1h, 0) AS change_1h_share,
    now_usd - usd_1h AS change_1h_usd, change_1h_usd / nullIf(usd_1h, 0) AS change_1h_usd_share,
    now_value - value_24h AS change_24h, change_24h / nullIf(value_24h, 0) AS change_24h_share,
    now_usd - usd_24h AS change_24h_usd, change_24h_usd / nullIf(usd_24h, 0) AS change_24h_usd_share,
    now_value - value_7d AS change_7d, change_7d / nullIf(value_7d, 0) AS change_7d_share,
    now_usd - usd_7d AS change_7d_usd, change_7d_usd / nullIf(usd_7d, 0) AS change_7d_usd_share
FROM
(
    SELECT
        timestamp, symbol, source, interval,
        maxIf(value, hours = 0) AS now_value, maxIf(usd, hours = 0) AS now_usd,
        maxIf(value, hours = 1) AS value_1h, maxIf(usd, hours = 1) AS usd_1h,
        maxIf(value, hours = 24) AS value_24h, maxIf(usd, hours = 24) AS usd_24h,
        maxIf(value, hours = 168) AS value_7d, maxIf(usd, hours = 168) AS usd_7d
    FROM
    (
        SELECT timestamp, symbol, source, interval, 0 AS hours,
            toNullable(open_interest) AS value, open_interest_usd AS usd
        FROM bi.open_interest
        UNION ALL
        SELECT timestamp + toIntervalHour(1) AS timestamp, symbol, source, interval, 1 AS hours,
            toNullable(open_interest) AS value, open_interest_usd AS usd
        FROM bi.open_interest
        UNION ALL
        SELECT timestamp + toIntervalHour(24) AS timestamp, symbol, source, interval, 24 AS hours,
            toNullable(open_interest) AS value, open_interest_usd AS usd
        FROM bi.open_interest
        UNION ALL
        SELECT timestamp + toIntervalHour(168) AS timestamp, symbol, source, interval, 168 AS hours,
            toNullable(open_interest) AS value, open_interest_usd AS usd
        FROM bi.open_interest
    )
    GROUP BY timestamp, symbol, source, interval
    HAVING now_value IS NOT NULL
)
COMMENT 'Open interest beside its change over 1 hour, 24 hours and 7 days; NULL where the earlier row is missing';

CREATE OR REPLACE VIEW bi.source_share
(
    timestamp         DateTime('UTC')        COMMENT 'Start of the observation, UTC',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    open_interest_usd Float64                COMMENT 'Notional of this source in US dollars',
    total_usd         Float64                COMMENT 'Notional of all sources at this moment, US dollars',
    share             Nullable(Float64)      COMMENT 'open_interest_usd / total_usd, 0 to 1; NULL where the total is 0',
    sources           UInt64                 COMMENT 'How many sources the total holds: compare only equal numbers'
)
AS SELECT
    timestamp, symbol, interval, source, assumeNotNull(base.open_interest_usd) AS open_interest_usd,
    sum(assumeNotNull(base.open_interest_usd)) OVER moments AS total_usd,
    assumeNotNull(base.open_interest_usd) / nullIf(total_usd, 0) AS share,
    count() OVER moments AS sources
FROM bi.open_interest AS base
WHERE base.open_interest_usd IS NOT NULL
WINDOW moments AS (PARTITION BY symbol, interval, timestamp)
COMMENT 'Each source''s part of a symbol''s open interest in US dollars; sources without US dollars are left out';

CREATE OR REPLACE VIEW bi.quality
(
    day             Date                   COMMENT 'Day on which the rows were received, UTC',
    suite           LowCardinality(String) COMMENT 'The suite that the rule belongs to',
    rule            LowCardinality(String) COMMENT 'Name of the rule',
    level           LowCardinality(String) COMMENT 'row: judges single rows; batch: judges the batch',
    severity        LowCardinality(String) COMMENT 'critical or warning',
    batches         UInt64                 COMMENT 'Batches judged',
    batches_failed  UInt64                 COMMENT 'Batches in which the rule did not hold, or could not be run',
    rows_checked    UInt64                 COMMENT 'Rows looked at; 0 where the rule does not count rows',
    rows_unexpected UInt64                 COMMENT 'Rows that broke the rule; 0 where it does not count rows',
    unexpected_share Nullable(Float64)     COMMENT 'rows_unexpected / rows_checked, 0 to 1; NULL where none was looked at'
)
AS SELECT
    toDate(validated_at) AS day, suite, rule, level, severity,
    count() AS batches, countIf(NOT success OR errored) AS batches_failed,
    sum(ifNull(element_count, 0)) AS rows_checked, sum(ifNull(unexpected_count, 0)) AS rows_unexpected,
    rows_unexpected / nullIf(rows_checked, 0) AS unexpected_share
FROM market.dq_results
GROUP BY day, suite, rule, level, severity
COMMENT 'How the rules held over time, by day';

