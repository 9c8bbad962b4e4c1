CREATE OR REPLACE VIEW {database}.open_interest_days
(
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    day               Date                   COMMENT 'Day, UTC',
    step_seconds      UInt32                 COMMENT 'Length of the interval in seconds',
    observations      UInt32                 COMMENT 'Rows of the day',
    close_at          DateTime('UTC')        COMMENT 'Time of the last row of the day, UTC',
    open              Float64                COMMENT 'First value of the day; base units or contracts',
    high              Float64                COMMENT 'Highest value of the day; base units or contracts',
    low               Float64                COMMENT 'Lowest value of the day; base units or contracts',
    close             Float64                COMMENT 'Last value of the day; base units or contracts',
    mean              Float64                COMMENT 'Mean of the values; base units or contracts',
    open_usd          Nullable(Float64)      COMMENT 'US dollars at the moment of open; NULL where the source gave none then',
    high_usd          Nullable(Float64)      COMMENT 'Highest value in US dollars; NULL where the source gave none',
    low_usd           Nullable(Float64)      COMMENT 'Lowest value in US dollars; NULL where the source gave none',
    close_usd         Nullable(Float64)      COMMENT 'US dollars at the moment of close; NULL where the source gave none then',
    mean_usd          Nullable(Float64)      COMMENT 'Mean of the values with US dollars; NULL where the source gave none',
    seconds           Array(UInt32)          COMMENT 'Seconds from midnight UTC of each row of the day, ascending',
    open_interest     Array(Float64)         COMMENT 'The value of each row: base units or contracts, as the source counts',
    open_interest_usd Array(Float64)         COMMENT 'The notional of each row in US dollars; -1 where the source gave none',
    derived           Array(Bool)            COMMENT 'True where the value of a row is the 5m snapshot at that time',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor last gave close, UTC'
)
AS SELECT
    symbol, source, interval, day, step_seconds, observations, close_at, open, high, low, close, mean, open_usd, high_usd,
    low_usd, close_usd, mean_usd, seconds, open_interest, open_interest_usd, derived, known_at
FROM {database}.open_interest_day_rows FINAL
WHERE observations > 0
COMMENT 'Open interest packed by series and day, as of the newest batch; what most marts are computed from'
