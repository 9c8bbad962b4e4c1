-- The moment at which the ledger was read is called ledger_as_of, as in the marts. It decides which copy of a row stands,
-- so ClickHouse cannot rename the column: each table is replaced by one that has its rows, column by column in order.
-- A replacement is whole or did not happen, and repeating it changes nothing.
CREATE OR REPLACE TABLE {database}.ledger_coverage
(
    source        LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval      LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    symbol        LowCardinality(String) COMMENT 'Such as BTC',
    first_bucket  DateTime('UTC')        COMMENT 'First bucket of the stretch, UTC',
    after_last    DateTime('UTC')        COMMENT 'The bucket after the last one of the stretch, UTC',
    step_seconds  UInt32                 COMMENT 'Length of a bucket in seconds',
    found         LowCardinality(String) COMMENT 'rows: a row was received for each bucket; empty: for none',
    proven        Bool                   COMMENT 'True where good answers showed the stretch empty twice: the vendor has no row',
    observed_at   DateTime64(3, 'UTC')   COMMENT 'When it was requested, UTC',
    ledger_as_of  DateTime64(3, 'UTC')   COMMENT 'When the ledger was read, UTC',
    doubts        Array(LowCardinality(String)) COMMENT 'Why the silence of an empty stretch proves nothing; empty where it counts'
)
ENGINE = ReplacingMergeTree(ledger_as_of)
ORDER BY (source, interval, symbol, first_bucket)
SETTINGS
    cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1,
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'The ledger''s coverage: what was requested of each series and what was found'
AS SELECT * FROM {database}.ledger_coverage;

CREATE OR REPLACE TABLE {database}.ledger_spend
(
    day              Date                   COMMENT 'Day of the request, UTC',
    lane             LowCardinality(String) COMMENT 'Who spent: hourly, daily or backfill',
    symbol           LowCardinality(String) COMMENT 'What was requested, such as BTC',
    settled_credits  Int64                  COMMENT 'Credits charged',
    reserved_credits Int64                  COMMENT 'Credits of requests whose charge is not known; they count as spent',
    requests         UInt64                 COMMENT 'Requests made',
    rows             UInt64                 COMMENT 'Rows received',
    parts            Array(Tuple(
        source String, interval String, settled_credits Int64, reserved_credits Int64, requests UInt64, rows UInt64))
        COMMENT 'The same figures by requested source (all: every source) and interval; empty where not recorded',
    ledger_as_of     DateTime64(3, 'UTC')   COMMENT 'When the ledger was read, UTC'
)
ENGINE = ReplacingMergeTree(ledger_as_of)
ORDER BY (day, lane, symbol)
SETTINGS
    cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1,
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'The ledger''s charges by day, lane and symbol'
AS SELECT * FROM {database}.ledger_spend;

CREATE OR REPLACE TABLE {database}.ledger_cycles
(
    first_day         Date                   COMMENT 'First day of the billing cycle, UTC',
    after_last        Date                   COMMENT 'The day after its last one, UTC',
    allowance_credits Nullable(Int64)        COMMENT 'Credits that may be spent in it; NULL where it is unknown',
    ledger_as_of      DateTime64(3, 'UTC')   COMMENT 'When the ledger was read, UTC'
)
ENGINE = ReplacingMergeTree(ledger_as_of)
ORDER BY first_day
SETTINGS
    cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1,
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'The billing cycles with their allowances, each by its newest copy'
AS SELECT * FROM {database}.ledger_cycles;

CREATE OR REPLACE TABLE {database}.ledger_derived
(
    source        LowCardinality(String)  COMMENT 'Exchange and market, such as binance_futures',
    interval      LowCardinality(String)  COMMENT '15m, 1h, 4h or 1d',
    symbol        LowCardinality(String)  COMMENT 'Such as BTC',
    step_seconds  UInt32                  COMMENT 'Length of a bucket in seconds',
    derived_from  Array(DateTime('UTC'))  COMMENT 'Where each stretch begins in which it is derived, UTC',
    derived_until Array(DateTime('UTC'))  COMMENT 'Where each of them ends, UTC; the end itself is not derived',
    ledger_as_of  DateTime64(3, 'UTC')    COMMENT 'When the ledger was read, UTC',
    days_from     Array(DateTime('UTC')) DEFAULT derived_from
        COMMENT 'Where each stretch begins that open_interest_days was computed with, UTC',
    days_until    Array(DateTime('UTC')) DEFAULT derived_until
        COMMENT 'Where each of them ends, UTC; not in it'
)
ENGINE = ReplacingMergeTree(ledger_as_of)
ORDER BY (source, interval, symbol)
SETTINGS
    cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1,
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'The ledger''s proofs: which intervals of which series are read off 5m rows, and over which time'
AS SELECT * FROM {database}.ledger_derived;

CREATE OR REPLACE TABLE {database}.ledger_symbols
(
    symbol          LowCardinality(String)         COMMENT 'As the vendor lists it',
    name            Nullable(String)               COMMENT 'What the vendor calls it; NULL where it gives no name',
    sources         Array(String)                  COMMENT 'The sources that the vendor lists it for',
    status          LowCardinality(String)         COMMENT 'listed; inactive: no rows for too long; gone: no longer listed',
    first_listed_at DateTime64(3, 'UTC')           COMMENT 'The first list that had it, UTC',
    last_listed_at  DateTime64(3, 'UTC')           COMMENT 'The last list that had it, UTC',
    ledger_as_of    DateTime64(3, 'UTC')           COMMENT 'When the ledger was read, UTC'
)
ENGINE = ReplacingMergeTree(ledger_as_of)
ORDER BY symbol
SETTINGS
    cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1,
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'The vendor''s lists of symbols: a row for each symbol ever listed'
AS SELECT * FROM {database}.ledger_symbols;

CREATE OR REPLACE TABLE {database}.ledger_pages
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
    ledger_as_of    DateTime64(3, 'UTC')           COMMENT 'When the ledger was read, UTC'
)
ENGINE = ReplacingMergeTree(ledger_as_of)
ORDER BY (symbol, interval, known_at, page_path)
SETTINGS
    cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1,
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'The ledger''s landed pages, each with the request that paid for it'
AS SELECT * FROM {database}.ledger_pages;
