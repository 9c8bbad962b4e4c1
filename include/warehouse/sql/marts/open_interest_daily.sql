CREATE OR REPLACE VIEW {bi}.open_interest_daily
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
DEFINER = CURRENT_USER SQL SECURITY DEFINER
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
        FROM {bi}.open_interest
        GROUP BY day, symbol, source, interval
    )
    GROUP BY day, symbol, source
)
COMMENT 'Open interest by day and source: open, high, low, close, mean, change'
