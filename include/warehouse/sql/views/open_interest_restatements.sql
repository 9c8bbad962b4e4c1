CREATE OR REPLACE VIEW {database}.open_interest_restatements
(
    timestamp                  DateTime('UTC')               COMMENT 'Start of the observation, UTC',
    symbol                     LowCardinality(String)        COMMENT 'Such as BTC',
    source                     LowCardinality(String)        COMMENT 'Exchange and market, such as binance_futures',
    interval                   LowCardinality(String)        COMMENT '5m, 15m, 1h, 4h or 1d',
    previous_open_interest     Nullable(Float64)             COMMENT 'The value before, in base units or contracts',
    open_interest              Float64                       COMMENT 'The value that replaced it, in the same unit',
    previous_open_interest_usd Nullable(Float64)             COMMENT 'US dollars before; NULL where none were given',
    open_interest_usd          Nullable(Float64)             COMMENT 'US dollars after; NULL where none were given',
    previous_known_at          Nullable(DateTime64(3, 'UTC')) COMMENT 'From when the value before was known, UTC',
    known_at                   DateTime64(3, 'UTC')          COMMENT 'From when the new value was known, UTC'
)
AS SELECT
    timestamp, symbol, source, interval,
    previous_open_interest, open_interest, previous_open_interest_usd, open_interest_usd, previous_known_at, known_at
FROM
(
    SELECT
        timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at,
        lagInFrame(toNullable(open_interest)) OVER changes AS previous_open_interest,
        lagInFrame(open_interest_usd) OVER changes AS previous_open_interest_usd,
        lagInFrame(toNullable(known_at)) OVER changes AS previous_known_at
    FROM {database}.open_interest_history
    WINDOW changes AS
    (
        PARTITION BY source, interval, symbol, timestamp ORDER BY known_at
        ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
    )
)
WHERE previous_open_interest IS NOT NULL
COMMENT 'Each change of a known value, with the value it replaced'
