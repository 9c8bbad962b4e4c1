CREATE OR REPLACE VIEW {bi}.open_interest_latest_by_interval
(
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    step_seconds      UInt32                 COMMENT 'Length of the interval in seconds',
    timestamp         DateTime64(0, 'UTC')   COMMENT 'Start of the newest observation of the interval, UTC',
    open_interest     Float64                COMMENT 'Base units or contracts, as the source counts',
    open_interest_usd Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor gave this value, UTC',
    age_seconds       Int64                  COMMENT 'Seconds since the start of the newest observation',
    derived           Bool                   COMMENT 'True where the value is the 5m snapshot at that time, not a row of this interval'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    symbol, source, interval, step_seconds, close_at AS timestamp, close AS open_interest, close_usd AS open_interest_usd,
    known_at, dateDiff('second', close_at, now('UTC')) AS age_seconds, derived[-1] AS derived
FROM {database}.open_interest_days
WHERE (symbol, source, interval, day) GLOBAL IN
    (SELECT symbol, source, interval, max(day) FROM {database}.open_interest_days GROUP BY symbol, source, interval)
COMMENT 'The newest row of each series, with its age; of one interval, since a symbol has a row for each'
