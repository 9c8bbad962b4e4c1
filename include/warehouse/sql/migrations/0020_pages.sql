-- The newest copy of a page stands. Keys never go away: a page that was landed stays landed.
CREATE TABLE IF NOT EXISTS {database}.ledger_pages
(
    symbol          LowCardinality(String)         COMMENT 'As requested',
    interval        LowCardinality(String)         COMMENT 'As requested',
    known_at        DateTime64(3, 'UTC')           COMMENT 'When its values count as learned, UTC: known_at of its rows',
    page_path       String                         COMMENT 'The landed page, a path in the landing zone',
    page_sha256     String                         COMMENT 'SHA-256 of its body as received',
    page_number     UInt64                         COMMENT 'Its number in the ledger',
    page_rows       UInt64                         COMMENT 'Rows that it holds',
    source          LowCardinality(String)         COMMENT 'As requested; all: every source in one request',
    window_id       String                         COMMENT 'The window that was requested',
    window_start    DateTime('UTC')                COMMENT 'First moment of the window, UTC',
    window_end      DateTime('UTC')                COMMENT 'End of the window, UTC; not in it',
    run_id          String                         COMMENT 'The run that requested it',
    lane            LowCardinality(String)         COMMENT 'Who paid: hourly, daily or backfill',
    request_id      UInt64                         COMMENT 'Number of the request in the ledger',
    requested_at    Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was requested, UTC; NULL for a page that was adopted',
    received_at     DateTime64(3, 'UTC')           COMMENT 'When it was received, UTC',
    charged_credits Nullable(Int64)                COMMENT 'Credits of the whole request; NULL while its charge is not known',
    told_at         DateTime64(3, 'UTC')           COMMENT 'When the ledger was read, UTC'
)
ENGINE = ReplacingMergeTree(told_at)
ORDER BY (symbol, interval, known_at, page_path)
SETTINGS
    cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1,
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'The ledger''s landed pages, each with the request that paid for it'
