CREATE OR REPLACE VIEW {bi}.freshness
(
    symbol         LowCardinality(String)          COMMENT 'Such as BTC',
    source         LowCardinality(String)          COMMENT 'Exchange and market, such as binance_futures',
    interval       LowCardinality(String)          COMMENT '5m, 15m, 1h, 4h or 1d',
    newest         Nullable(DateTime64(0, 'UTC'))   COMMENT 'Start of the newest observation, UTC; NULL where none is stored',
    age_seconds    Nullable(Int64)                 COMMENT 'Seconds since the start of the newest observation',
    intervals_behind Nullable(Int64)               COMMENT 'Whole intervals since that observation closed; 0 is as fresh as possible',
    last_asked_at  Nullable(DateTime64(3, 'UTC'))  COMMENT 'When this series was last requested, UTC; NULL where the ledger has no request of it'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    symbol, source, interval, max(stored) AS newest,
    dateDiff('second', newest, now('UTC')) AS age_seconds,
    if(age_seconds < 2 * max(step), 0, intDiv(age_seconds, toInt64(max(step))) - 1) AS intervals_behind,
    max(requested) AS last_asked_at
FROM
(
    SELECT
        symbol, source, interval, step_seconds AS step, toNullable(timestamp) AS stored,
        CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS requested
    FROM {bi}.open_interest_latest_by_interval
    UNION ALL
    SELECT
        symbol, source, interval, any(step_seconds) AS step, CAST(NULL, 'Nullable(DateTime(\'UTC\'))') AS stored,
        toNullable(max(observed_at)) AS requested
    FROM {database}.ledger_coverage_newest
    GROUP BY symbol, source, interval
)
GROUP BY symbol, source, interval
COMMENT 'How old the newest row of each series is, also of series that never had one'
