CREATE OR REPLACE VIEW {bi}.open_interest_latest
(
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT 'The interval that has the newest row; the finest among equals',
    step_seconds      UInt32                 COMMENT 'Length of the interval in seconds',
    timestamp         DateTime64(0, 'UTC')   COMMENT 'Start of the newest observation, UTC',
    open_interest     Float64                COMMENT 'Base units or contracts, as the source counts',
    open_interest_usd Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor gave this value, UTC',
    age_seconds       Int64                  COMMENT 'Seconds since the start of the newest observation',
    derived           Bool                   COMMENT 'True where the value is the 5m snapshot at that time, not a row of this interval'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT symbol, source, interval, step_seconds, timestamp, open_interest, open_interest_usd, known_at, age_seconds, derived
FROM {bi}.open_interest_latest_by_interval
ORDER BY timestamp DESC, step_seconds
LIMIT 1 BY symbol, source
COMMENT 'The newest row of each symbol and source, with its age, so that sums count each once; open_interest_now leaves out what is stale'
