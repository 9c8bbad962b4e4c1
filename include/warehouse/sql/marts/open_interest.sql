CREATE OR REPLACE VIEW {bi}.open_interest
(
    timestamp         DateTime64(0, 'UTC')    COMMENT 'Start of the observation, UTC, on the grid of the interval',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    step_seconds      UInt32                 COMMENT 'Length of the interval in seconds',
    open_interest     Float64                COMMENT 'Base units or contracts, as the source counts',
    open_interest_usd Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor last gave this value, UTC',
    derived           Bool                   COMMENT 'True where the value is the 5m snapshot at that time, not a row of this interval'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    timestamp, symbol, source, interval,
    toUInt32(transform(toString(interval), ['5m', '15m', '1h', '4h', '1d'], [300, 900, 3600, 14400, 86400], 0))
        AS step_seconds,
    open_interest, open_interest_usd, known_at, derived
FROM
(
    SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, false AS derived
    FROM {database}.open_interest
    UNION ALL
    SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, true AS derived
    FROM {database}.open_interest_derived
)
COMMENT 'Open interest: one row per symbol, source, interval and time, the newest known value'
