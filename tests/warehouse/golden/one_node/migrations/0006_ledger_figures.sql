CREATE TABLE IF NOT EXISTS market.ledger_coverage
(
    source        LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval      LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    symbol        LowCardinality(String) COMMENT 'Such as BTC',
    first_bucket  DateTime('UTC')        COMMENT 'First bucket of the stretch, UTC',
    after_last    DateTime('UTC')        COMMENT 'The bucket after the last one of the stretch, UTC',
    step_seconds  UInt32                 COMMENT 'Length of a bucket in seconds',
    found         LowCardinality(String) COMMENT 'rows: a row was received for each bucket; empty: for none',
    proven        Bool                   COMMENT 'True where empty was told twice: the vendor has no row',
    observed_at   DateTime64(3, 'UTC')   COMMENT 'When the vendor was asked, UTC',
    told_at       DateTime64(3, 'UTC')   COMMENT 'When the ledger was read, UTC'
)
ENGINE = ReplacingMergeTree(told_at)
ORDER BY (source, interval, symbol, first_bucket)
SETTINGS cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
COMMENT 'The ledger''s coverage: what was asked of each series and what was found';

CREATE TABLE IF NOT EXISTS market.ledger_spend
(
    day              Date                   COMMENT 'Day of the request, UTC',
    lane             LowCardinality(String) COMMENT 'Who spent: hourly, daily or backfill',
    symbol           LowCardinality(String) COMMENT 'What was asked for, such as BTC',
    settled_credits  Int64                  COMMENT 'Credits charged',
    reserved_credits Int64                  COMMENT 'Credits of requests whose charge is not known; they count as spent',
    requests         UInt64                 COMMENT 'Requests made',
    rows             UInt64                 COMMENT 'Rows received',
    told_at          DateTime64(3, 'UTC')   COMMENT 'When the ledger was read, UTC'
)
ENGINE = ReplacingMergeTree(told_at)
ORDER BY (day, lane, symbol)
SETTINGS cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
COMMENT 'The ledger''s charges by day, lane and symbol';

