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
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor last gave close, UTC',
    derived_observations UInt32              COMMENT 'Rows of the day whose value is the 5m snapshot at that time',
    usd_observations  UInt32                 COMMENT 'Rows of the day with US dollars',
    last_usd_at       Nullable(DateTime('UTC')) COMMENT 'Time of the last of them, UTC; NULL where there is none',
    last_usd          Nullable(Float64)      COMMENT 'US dollars at that time; NULL where there is none',
    restatements      UInt32                 COMMENT 'Changes of a known value of the day, as the mart restatements lists them',
    largest_restatement_ratio Nullable(Float64) COMMENT 'The largest of them, as a fraction of the value before, without its sign',
    newest_restatement Array(Tuple(known_at DateTime64(3, 'UTC'), timestamp DateTime('UTC'), previous_open_interest Float64, open_interest Float64))
        COMMENT 'The one that was known last; empty where there is none'
)
AS SELECT
    symbol, source, interval, day, step_seconds, observations, close_at, open, high, low, close, mean, open_usd, high_usd,
    low_usd, close_usd, mean_usd, seconds, open_interest, open_interest_usd, derived, known_at, derived_observations,
    usd_observations, last_usd_at, last_usd, restatements, largest_restatement_ratio, newest_restatement
FROM {database}.open_interest_day_rows FINAL
WHERE observations > 0
COMMENT 'Open interest packed by series and day, as of the newest batch; what most marts are computed from'
