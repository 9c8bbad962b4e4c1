CREATE TABLE IF NOT EXISTS market.ledger_derived
(
    source        LowCardinality(String)  COMMENT 'Exchange and market, such as binance_futures',
    interval      LowCardinality(String)  COMMENT '15m, 1h, 4h or 1d',
    symbol        LowCardinality(String)  COMMENT 'Such as BTC',
    step_seconds  UInt32                  COMMENT 'Length of a bucket in seconds',
    derived_from  Array(DateTime('UTC'))  COMMENT 'Where each stretch begins in which it is derived, UTC',
    derived_until Array(DateTime('UTC'))  COMMENT 'Where each of them ends, UTC; the end itself is not derived',
    told_at       DateTime64(3, 'UTC')    COMMENT 'When the ledger was read, UTC'
)
ENGINE = ReplacingMergeTree(told_at)
ORDER BY (source, interval, symbol)
SETTINGS cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
COMMENT 'The ledger''s proofs: which intervals of which series are read off 5m rows, and over which time';

CREATE OR REPLACE VIEW market.open_interest_derived
(
    timestamp         DateTime('UTC')        COMMENT 'Start of the observation, on the grid of the interval',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '15m, 1h, 4h or 1d',
    open_interest     Float64                COMMENT 'The 5m snapshot at that time: base units or contracts',
    open_interest_usd Nullable(Float64)      COMMENT 'Its notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor last told the 5m snapshot'
)
AS SELECT
    timestamp, symbol, source, interval,
    any(value) AS open_interest, any(usd).1 AS open_interest_usd, any(known) AS known_at
FROM
(
    SELECT
        snapshots.timestamp AS timestamp, snapshots.symbol AS symbol, snapshots.source AS source,
        told.interval AS interval, snapshots.open_interest AS value, tuple(snapshots.open_interest_usd) AS usd,
        snapshots.known_at AS known, false AS bought
    FROM
    (
        SELECT timestamp, symbol, source, open_interest, open_interest_usd, known_at
        FROM market.open_interest_current FINAL
        WHERE interval = '5m' AND toUnixTimestamp(timestamp) % 900 = 0
            AND (source, symbol) GLOBAL IN (SELECT source, symbol FROM market.ledger_derived)
    ) AS snapshots
    INNER JOIN (SELECT * FROM market.ledger_derived FINAL) AS told
        ON snapshots.source = told.source AND snapshots.symbol = told.symbol
    WHERE toUnixTimestamp(snapshots.timestamp) % told.step_seconds = 0
        AND arrayExists(
            (begin, end) -> snapshots.timestamp >= begin AND snapshots.timestamp < end,
            told.derived_from, told.derived_until)
    UNION ALL
    SELECT
        timestamp, symbol, source, interval, open_interest AS value, tuple(open_interest_usd) AS usd,
        known_at AS known, true AS bought
    FROM market.open_interest_current FINAL
    WHERE (source, interval, symbol) GLOBAL IN (SELECT source, interval, symbol FROM market.ledger_derived)
)
GROUP BY source, interval, symbol, timestamp
HAVING NOT max(bought)
COMMENT 'Buckets of coarse intervals read off the 5m rows, where that is proven and no bought row exists; exact at any moment';

CREATE OR REPLACE VIEW bi.open_interest
(
    timestamp         DateTime('UTC')        COMMENT 'Start of the observation, UTC, on the grid of the interval',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    step_seconds      UInt32                 COMMENT 'Length of the interval in seconds',
    open_interest     Float64                COMMENT 'Base units or contracts, as the source counts',
    open_interest_usd Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor last told this value, UTC',
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
    FROM market.open_interest
    UNION ALL
    SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, true AS derived
    FROM market.open_interest_derived
)
COMMENT 'Open interest: one row per symbol, source, interval and time, the newest known value';

CREATE OR REPLACE VIEW bi.open_interest_latest
(
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    step_seconds      UInt32                 COMMENT 'Length of the interval in seconds',
    timestamp         DateTime('UTC')        COMMENT 'Start of the newest observation, UTC',
    open_interest     Float64                COMMENT 'Base units or contracts, as the source counts',
    open_interest_usd Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor told this value, UTC',
    age_seconds       Int64                  COMMENT 'Seconds since the start of the newest observation'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    symbol, source, interval, step_seconds, timestamp, open_interest, open_interest_usd, known_at,
    dateDiff('second', timestamp, now('UTC')) AS age_seconds
FROM bi.open_interest
WHERE (source, interval, symbol, timestamp) GLOBAL IN
(
    SELECT source, interval, symbol, max(newest)
    FROM
    (
        SELECT source, interval, symbol, max(timestamp) AS newest
        FROM market.open_interest
        GROUP BY source, interval, symbol
        UNION ALL
        SELECT source, interval, symbol, max(timestamp) AS newest
        FROM market.open_interest_derived
        GROUP BY source, interval, symbol
    )
    GROUP BY source, interval, symbol
)
SETTINGS optimize_aggregation_in_order = 1
COMMENT 'The newest row of each series, with its age';

