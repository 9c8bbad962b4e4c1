-- Credits by source and interval are parts of the row of their day, lane and symbol: the key stays, so a later sync
-- replaces the whole row, and rows of an earlier version have no parts.
ALTER TABLE {database}.ledger_spend
    ADD COLUMN IF NOT EXISTS parts Array(Tuple(
        source String, interval String, settled_credits Int64, reserved_credits Int64, requests UInt64, rows UInt64))
        COMMENT 'The same figures by requested source (all: every source) and interval; empty where not recorded' AFTER rows;

-- An earlier version recorded the timestamp as received alone, which is read here as well as it can be.
ALTER TABLE {database}.quarantine_rows
    ADD COLUMN IF NOT EXISTS covers Array(Tuple(
        symbol String, source String, interval String, timestamp DateTime('UTC')))
        DEFAULT if(parseDateTimeBestEffortOrNull(timestamp_text, 'UTC') IS NULL, [],
            [(symbol, source, interval, assumeNotNull(parseDateTimeBestEffortOrNull(timestamp_text, 'UTC')))])
        COMMENT 'The bucket of the requested series that the row accounts for, UTC; empty where it accounts for none'
        AFTER timestamp_text;

CREATE TABLE IF NOT EXISTS {database}.ledger_symbols
(
    symbol          LowCardinality(String)         COMMENT 'As the vendor lists it',
    name            Nullable(String)               COMMENT 'What the vendor calls it; NULL where it gives no name',
    sources         Array(String)                  COMMENT 'The sources that the vendor lists it for',
    status          LowCardinality(String)         COMMENT 'listed; inactive: no rows for too long; gone: no longer listed',
    first_listed_at DateTime64(3, 'UTC')           COMMENT 'The first list that had it, UTC',
    last_listed_at  DateTime64(3, 'UTC')           COMMENT 'The last list that had it, UTC',
    told_at         DateTime64(3, 'UTC')           COMMENT 'When the ledger was read, UTC'
)
ENGINE = ReplacingMergeTree(told_at)
ORDER BY symbol
SETTINGS
    cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1,
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'The vendor''s lists of symbols: a row for each symbol ever listed';
