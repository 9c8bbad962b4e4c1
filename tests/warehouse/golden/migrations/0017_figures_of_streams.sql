ALTER TABLE market.ledger_spend_local ON CLUSTER main
    ADD COLUMN IF NOT EXISTS parts Array(Tuple(
        source String, interval String, settled_credits Int64, reserved_credits Int64, requests UInt64, rows UInt64))
        COMMENT 'The same figures by requested source (all: every source) and interval; empty where not recorded' AFTER rows;

ALTER TABLE market.ledger_spend ON CLUSTER main
    ADD COLUMN IF NOT EXISTS parts Array(Tuple(
        source String, interval String, settled_credits Int64, reserved_credits Int64, requests UInt64, rows UInt64))
        COMMENT 'The same figures by requested source (all: every source) and interval; empty where not recorded' AFTER rows;

ALTER TABLE market.quarantine_rows_local ON CLUSTER main
    ADD COLUMN IF NOT EXISTS covers Array(Tuple(
        symbol String, source String, interval String, timestamp DateTime('UTC')))
        DEFAULT if(parseDateTimeBestEffortOrNull(timestamp_text, 'UTC') IS NULL, [],
            [(symbol, source, interval, assumeNotNull(parseDateTimeBestEffortOrNull(timestamp_text, 'UTC')))])
        COMMENT 'The bucket of the requested series that the row accounts for, UTC; empty where it accounts for none'
        AFTER timestamp_text;

ALTER TABLE market.quarantine_rows ON CLUSTER main
    ADD COLUMN IF NOT EXISTS covers Array(Tuple(
        symbol String, source String, interval String, timestamp DateTime('UTC')))
        DEFAULT if(parseDateTimeBestEffortOrNull(timestamp_text, 'UTC') IS NULL, [],
            [(symbol, source, interval, assumeNotNull(parseDateTimeBestEffortOrNull(timestamp_text, 'UTC')))])
        COMMENT 'The bucket of the requested series that the row accounts for, UTC; empty where it accounts for none'
        AFTER timestamp_text;

CREATE TABLE IF NOT EXISTS market.ledger_symbols_local ON CLUSTER main
(
    symbol          LowCardinality(String)         COMMENT 'As the vendor lists it',
    name            Nullable(String)               COMMENT 'What the vendor calls it; NULL where it gives no name',
    sources         Array(String)                  COMMENT 'The sources that the vendor lists it for',
    status          LowCardinality(String)         COMMENT 'listed; inactive: no rows for too long; gone: no longer listed',
    first_listed_at DateTime64(3, 'UTC')           COMMENT 'The first list that had it, UTC',
    last_listed_at  DateTime64(3, 'UTC')           COMMENT 'The last list that had it, UTC',
    told_at         DateTime64(3, 'UTC')           COMMENT 'When the ledger was read, UTC'
)
ENGINE = ReplicatedReplacingMergeTree(told_at)
ORDER BY symbol
SETTINGS
    cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1,
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'The vendor''s lists of symbols: a row for each symbol ever listed';

CREATE TABLE IF NOT EXISTS market.ledger_symbols ON CLUSTER main AS market.ledger_symbols_local
ENGINE = Distributed(main, market, ledger_symbols_local, cityHash64(symbol))
COMMENT 'The vendor''s lists of symbols over all shards: a row for each symbol ever listed';

