-- open_interest_usd is never negative, so -1 can stand for NULL in a comparison.
CREATE OR REPLACE VIEW {database}.open_interest_history
(
    timestamp         DateTime('UTC')        COMMENT 'Start of the observation, on the grid of the interval',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    open_interest     Float64                COMMENT 'Base units or contracts, as the source counts',
    open_interest_usd Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')   COMMENT 'From when this value was known',
    batch_id          LowCardinality(String) COMMENT 'The batch that brought it'
)
AS SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, batch_id
FROM
(
    SELECT
        timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, batch_id,
        lagInFrame(toNullable(open_interest)) OVER answers AS previous,
        lagInFrame(open_interest_usd) OVER answers AS previous_usd
    FROM {database}.open_interest_observations FINAL
    WINDOW answers AS
    (
        PARTITION BY source, interval, symbol, timestamp ORDER BY known_at
        ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
    )
)
WHERE previous IS NULL OR previous != open_interest OR ifNull(previous_usd, -1) != ifNull(open_interest_usd, -1)
COMMENT 'Every value ever learned, from the time it was known: a value restated A, B, A has three rows'
