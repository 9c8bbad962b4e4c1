-- The newest row of each series is found among received rows and among derivable ones separately: the order of storage
-- helps the first, and the second need no comparison with received rows. At equal times a received row wins.
CREATE OR REPLACE VIEW {bi}.open_interest_latest
(
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    step_seconds      UInt32                 COMMENT 'Length of the interval in seconds',
    timestamp         DateTime('UTC')        COMMENT 'Start of the newest observation, UTC',
    open_interest     Float64                COMMENT 'Base units or contracts, as the source counts',
    open_interest_usd Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor gave this value, UTC',
    age_seconds       Int64                  COMMENT 'Seconds since the start of the newest observation',
    derived           Bool                   COMMENT 'True where the value is the 5m snapshot at that time, not a row of this interval'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    symbol, source, interval,
    toUInt32(transform(toString(interval), ['5m', '15m', '1h', '4h', '1d'], [300, 900, 3600, 14400, 86400], 0))
        AS step_seconds,
    newest.1 AS timestamp, newest.2 AS open_interest, newest.3 AS open_interest_usd, newest.4 AS known_at,
    dateDiff('second', timestamp, now('UTC')) AS age_seconds, NOT newest.5 AS derived
FROM
(
    SELECT source, interval, symbol, argMax(newest_of_its_kind, (newest_of_its_kind.1, newest_of_its_kind.5)) AS newest
    FROM
    (
        SELECT
            source, interval, symbol, (timestamp, open_interest, open_interest_usd, known_at, true) AS newest_of_its_kind
        FROM {database}.open_interest
        WHERE (source, interval, symbol, timestamp) GLOBAL IN
        (
            SELECT source, interval, symbol, max(timestamp) FROM {database}.open_interest GROUP BY source, interval, symbol
        )
        UNION ALL
        SELECT
            source, interval, symbol, argMax((timestamp, open_interest, open_interest_usd, known_at, false), timestamp)
                AS newest_of_its_kind
        FROM
        (
            SELECT
                snapshots.timestamp AS timestamp, snapshots.symbol AS symbol, snapshots.source AS source,
                series.interval AS interval, snapshots.open_interest AS open_interest,
                snapshots.open_interest_usd AS open_interest_usd, snapshots.known_at AS known_at
            FROM
            (
                SELECT timestamp, symbol, source, open_interest, open_interest_usd, known_at
                FROM {database}.open_interest_current FINAL
                WHERE interval = '5m' AND toUnixTimestamp(timestamp) % 900 = 0
                    AND (source, symbol) GLOBAL IN (SELECT source, symbol FROM {database}.ledger_derived)
            ) AS snapshots
            INNER JOIN (SELECT * FROM {database}.ledger_derived FINAL) AS series
                ON snapshots.source = series.source AND snapshots.symbol = series.symbol
            WHERE toUnixTimestamp(snapshots.timestamp) % series.step_seconds = 0
                AND arrayExists(
                    (begin, end) -> snapshots.timestamp >= begin AND snapshots.timestamp < end,
                    series.derived_from, series.derived_until)
        )
        GROUP BY source, interval, symbol
    )
    GROUP BY source, interval, symbol
)
SETTINGS optimize_aggregation_in_order = 1
COMMENT 'The newest row of each series, with its age; a symbol has one per interval, so add up open_interest_now instead'
