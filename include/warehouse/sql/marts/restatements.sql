CREATE OR REPLACE VIEW {bi}.restatements
(
    timestamp                  DateTime64(0, 'UTC')     COMMENT 'Start of the observation, UTC',
    symbol                     LowCardinality(String)  COMMENT 'Such as BTC',
    source                     LowCardinality(String)  COMMENT 'Exchange and market, such as binance_futures',
    interval                   LowCardinality(String)  COMMENT '5m, 15m, 1h, 4h or 1d',
    previous_open_interest     Float64                 COMMENT 'The value before; base units or contracts',
    open_interest              Float64                 COMMENT 'The value that replaced it; same unit',
    change                     Float64                 COMMENT 'open_interest - previous_open_interest; same unit',
    change_ratio               Nullable(Float64)       COMMENT 'change / previous_open_interest as a fraction: 0.05 is 5 %; NULL where that is 0',
    previous_open_interest_usd Nullable(Float64)       COMMENT 'US dollars before; NULL where the source gave none',
    open_interest_usd          Nullable(Float64)       COMMENT 'US dollars after; NULL where the source gave none',
    previous_known_at          DateTime64(3, 'UTC')    COMMENT 'From when the value before was known, UTC',
    known_at                   DateTime64(3, 'UTC')    COMMENT 'From when the new value was known, UTC'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    timestamp, symbol, source, interval, assumeNotNull(restated.previous_open_interest) AS previous_open_interest,
    open_interest, open_interest - previous_open_interest AS change, change / nullIf(previous_open_interest, 0) AS change_ratio,
    previous_open_interest_usd, open_interest_usd, assumeNotNull(restated.previous_known_at) AS previous_known_at, known_at
FROM {database}.open_interest_restatements AS restated
COMMENT 'Each value that the vendor changed, with the value it replaced'
