CREATE OR REPLACE VIEW market.open_interest
(
    timestamp         DateTime('UTC')        COMMENT 'Start of the observation, on the grid of the interval',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    open_interest     Float64                COMMENT 'Base units or contracts, as the source counts',
    open_interest_usd Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor last told this value'
)
AS SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at
FROM market.open_interest_current FINAL
COMMENT 'The newest known value, one row per (source, interval, symbol, timestamp)';

CREATE OR REPLACE VIEW market.open_interest_history
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
    FROM market.open_interest_observations FINAL
    WINDOW answers AS
    (
        PARTITION BY source, interval, symbol, timestamp ORDER BY known_at
        ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
    )
)
WHERE previous IS NULL OR previous != open_interest OR ifNull(previous_usd, -1) != ifNull(open_interest_usd, -1)
COMMENT 'Every value ever learned, from the time it was known: a value restated A, B, A has three rows';

CREATE OR REPLACE VIEW market.open_interest_as_of AS
SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at
FROM market.open_interest_observations FINAL
WHERE known_at <= {moment:DateTime64(3, 'UTC')}
ORDER BY source, interval, symbol, timestamp, known_at DESC
LIMIT 1 BY source, interval, symbol, timestamp
COMMENT 'open_interest as it was known at a moment: open_interest_as_of(moment = ''2026-03-07 04:00:00'')';

CREATE OR REPLACE VIEW market.open_interest_latest AS
SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at
FROM market.open_interest_current FINAL
ORDER BY source, interval, symbol, timestamp DESC
LIMIT 1 BY source, interval, symbol
COMMENT 'The newest row of each series';

CREATE OR REPLACE VIEW market.open_interest_restatements AS
SELECT
    timestamp, symbol, source, interval,
    previous_open_interest, open_interest, previous_open_interest_usd, open_interest_usd, previous_known_at, known_at
FROM
(
    SELECT
        timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at,
        lagInFrame(toNullable(open_interest)) OVER changes AS previous_open_interest,
        lagInFrame(open_interest_usd) OVER changes AS previous_open_interest_usd,
        lagInFrame(toNullable(known_at)) OVER changes AS previous_known_at
    FROM market.open_interest_history
    WINDOW changes AS
    (
        PARTITION BY source, interval, symbol, timestamp ORDER BY known_at
        ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
    )
)
WHERE previous_open_interest IS NOT NULL
COMMENT 'Each change of a value that had been told before, with the value it replaced';

