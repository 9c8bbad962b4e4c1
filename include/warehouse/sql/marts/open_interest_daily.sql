-- A row belongs to its day and, as the previous close, to the day after. Both are read by a filter on the day, where a
-- window over all days would read each series from its beginning.
CREATE OR REPLACE VIEW {bi}.open_interest_daily
(
    day                   Date                   COMMENT 'Day, UTC; the current one as far as it has rows',
    symbol                LowCardinality(String) COMMENT 'Such as BTC',
    source                LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval              LowCardinality(String) COMMENT 'What the day is computed from: its most complete interval; the finest among equals',
    observations          UInt64                 COMMENT 'Observations of that interval on that day',
    observations_expected UInt64                 COMMENT 'Observations that a whole day has',
    open                  Float64                COMMENT 'First value of the day; base units or contracts',
    high                  Float64                COMMENT 'Highest value of the day; base units or contracts',
    low                   Float64                COMMENT 'Lowest value of the day; base units or contracts',
    close                 Float64                COMMENT 'Last value of the day; base units or contracts',
    mean                  Float64                COMMENT 'Mean of the observations; base units or contracts',
    prev_close            Nullable(Float64)      COMMENT 'close of the day before, same unit; NULL where that day has no row',
    change                Nullable(Float64)      COMMENT 'close - prev_close; base units or contracts',
    change_ratio          Nullable(Float64)      COMMENT 'change / prev_close as a fraction: 0.05 is 5 %; NULL where prev_close is 0',
    intraday_change       Float64                COMMENT 'close - open; base units or contracts',
    open_usd              Nullable(Float64)      COMMENT 'US dollars at the moment of open; NULL where the source gave none then',
    high_usd              Nullable(Float64)      COMMENT 'Highest value in US dollars; NULL where the source gave none',
    low_usd               Nullable(Float64)      COMMENT 'Lowest value in US dollars; NULL where the source gave none',
    close_usd             Nullable(Float64)      COMMENT 'US dollars at the moment of close; NULL where the source gave none then',
    mean_usd              Nullable(Float64)      COMMENT 'Mean of the observations with US dollars; NULL where the source gave none',
    prev_close_usd        Nullable(Float64)      COMMENT 'close_usd of the day before, US dollars',
    change_usd            Nullable(Float64)      COMMENT 'close_usd - prev_close_usd, US dollars; price moves included',
    change_usd_ratio      Nullable(Float64)      COMMENT 'change_usd / prev_close_usd as a fraction; NULL where prev_close_usd is 0',
    intraday_change_usd   Nullable(Float64)      COMMENT 'close_usd - open_usd, US dollars; price moves included',
    implied_price         Nullable(Float64)      COMMENT 'close_usd / close: US dollars of a base unit or contract; NULL where close is 0'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS WITH days AS
(
    SELECT
        day, symbol, source, true AS of_day, interval, observations, step_seconds, open, high, low, close, mean,
        open_usd, high_usd, low_usd, close_usd, mean_usd
    FROM {database}.open_interest_days
    UNION ALL
    SELECT
        day + 1 AS day, symbol, source, false AS of_day, interval, observations, step_seconds, 0, 0, 0, close, 0,
        NULL, NULL, NULL, close_usd, NULL
    FROM {database}.open_interest_days
)
{open_interest/daily/figures.sql}
COMMENT 'Open interest by day and source: open, high, low, close, mean, change from close to close'
