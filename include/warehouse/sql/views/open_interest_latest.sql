CREATE OR REPLACE VIEW {database}.open_interest_latest
(
    timestamp         DateTime('UTC')        COMMENT 'Start of the newest observation, UTC',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    open_interest     Float64                COMMENT 'Base units or contracts, as the source counts',
    open_interest_usd Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor gave this value, UTC'
)
AS SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at
FROM {database}.open_interest_current FINAL
ORDER BY source, interval, symbol, timestamp DESC
LIMIT 1 BY source, interval, symbol
COMMENT 'The newest row of each series'
