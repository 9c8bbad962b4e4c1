CREATE OR REPLACE VIEW {database}.ledger_coverage_newest
(
    source        LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval      LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    symbol        LowCardinality(String) COMMENT 'Such as BTC',
    first_bucket  DateTime('UTC')        COMMENT 'First bucket of the stretch, UTC',
    after_last    DateTime('UTC')        COMMENT 'The bucket after the last one of the stretch, UTC',
    step_seconds  UInt32                 COMMENT 'Length of a bucket in seconds',
    found         LowCardinality(String) COMMENT 'rows: a row was received for each bucket; empty: for none',
    proven        Bool                   COMMENT 'True where good answers showed it empty twice: the vendor has no row',
    observed_at   DateTime64(3, 'UTC')   COMMENT 'When it was requested, UTC',
    ledger_as_of  DateTime64(3, 'UTC')   COMMENT 'When the ledger was read, UTC',
    doubts        Array(LowCardinality(String)) COMMENT 'Why the silence of an empty stretch proves nothing; empty where it counts'
)
AS SELECT
    source, interval, symbol, first_bucket, after_last, step_seconds, found, proven, observed_at, ledger_as_of, doubts
FROM {database}.ledger_coverage FINAL
WHERE ledger_as_of = (SELECT ledger_as_of FROM {database}.ledger_newest_copy)
COMMENT 'The ledger''s coverage by its newest copy, which stands as a whole'
