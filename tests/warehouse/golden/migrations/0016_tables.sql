CREATE DATABASE IF NOT EXISTS market ON CLUSTER main;

CREATE DATABASE IF NOT EXISTS bi ON CLUSTER main;

CREATE TABLE IF NOT EXISTS market.schema_migrations_local ON CLUSTER main
(
    name       String               COMMENT 'File name of the migration',
    checksum   String               COMMENT 'SHA-256 of the file as it was applied',
    applied_at DateTime64(3, 'UTC') DEFAULT now64(3)
)
ENGINE = ReplicatedReplacingMergeTree(applied_at)
ORDER BY name
COMMENT 'Which migrations this database has had';

CREATE TABLE IF NOT EXISTS market.schema_migrations ON CLUSTER main AS market.schema_migrations_local
ENGINE = Distributed(main, market, schema_migrations_local, cityHash64(name))
COMMENT 'Which migrations this database has had, over all shards';

ALTER TABLE market.schema_migrations_local ON CLUSTER main
    COMMENT COLUMN name 'File of the migration or view, under include/warehouse/sql',
    COMMENT COLUMN checksum 'SHA-256 of the file as applied; empty once the view was dropped',
    COMMENT COLUMN applied_at 'When it was applied, UTC';

ALTER TABLE market.schema_migrations ON CLUSTER main
    COMMENT COLUMN name 'File of the migration or view, under include/warehouse/sql',
    COMMENT COLUMN checksum 'SHA-256 of the file as applied; empty once the view was dropped',
    COMMENT COLUMN applied_at 'When it was applied, UTC';

ALTER TABLE market.schema_migrations_local ON CLUSTER main MODIFY SETTING
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS market.open_interest_current_local ON CLUSTER main
(
    timestamp         DateTime('UTC')         CODEC(Delta(4), ZSTD(1)),
    symbol            LowCardinality(String),
    source            LowCardinality(String),
    interval          LowCardinality(String),
    open_interest     Float64                 CODEC(ZSTD(3)),
    open_interest_usd Nullable(Float64)       CODEC(ZSTD(3)),
    known_at          DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplicatedReplacingMergeTree(known_at)
PARTITION BY (source, interval)
ORDER BY (source, interval, symbol, timestamp)
SETTINGS
    min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1,
    cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
COMMENT 'Storage of open_interest; read the view, which is exact before merges too';

CREATE TABLE IF NOT EXISTS market.open_interest_current ON CLUSTER main AS market.open_interest_current_local
ENGINE = Distributed(main, market, open_interest_current_local, cityHash64(source, interval, symbol))
COMMENT 'open_interest over all shards, a series on one; read the view, which is exact before merges too';

ALTER TABLE market.open_interest_current_local ON CLUSTER main
    COMMENT COLUMN timestamp 'Start of the observation, UTC, on the grid of the interval',
    COMMENT COLUMN symbol 'Such as BTC',
    COMMENT COLUMN source 'Exchange and market, such as binance_futures',
    COMMENT COLUMN interval '5m, 15m, 1h, 4h or 1d',
    COMMENT COLUMN open_interest 'Base units or contracts, as the source counts',
    COMMENT COLUMN open_interest_usd 'Notional in US dollars; NULL where the source gave none',
    COMMENT COLUMN known_at 'When the vendor gave this value, UTC; the highest stands';

ALTER TABLE market.open_interest_current ON CLUSTER main
    COMMENT COLUMN timestamp 'Start of the observation, UTC, on the grid of the interval',
    COMMENT COLUMN symbol 'Such as BTC',
    COMMENT COLUMN source 'Exchange and market, such as binance_futures',
    COMMENT COLUMN interval '5m, 15m, 1h, 4h or 1d',
    COMMENT COLUMN open_interest 'Base units or contracts, as the source counts',
    COMMENT COLUMN open_interest_usd 'Notional in US dollars; NULL where the source gave none',
    COMMENT COLUMN known_at 'When the vendor gave this value, UTC; the highest stands';

ALTER TABLE market.open_interest_current_local ON CLUSTER main MODIFY SETTING
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS market.open_interest_observations_local ON CLUSTER main
(
    timestamp         DateTime('UTC')         CODEC(Delta(4), ZSTD(1)),
    symbol            LowCardinality(String),
    source            LowCardinality(String),
    interval          LowCardinality(String),
    open_interest     Float64                 CODEC(ZSTD(3)),
    open_interest_usd Nullable(Float64)       CODEC(ZSTD(3)),
    known_at          DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1)),
    batch_id          LowCardinality(String),
    CONSTRAINT key_is_complete CHECK symbol != '' AND source != '' AND interval != '',
    CONSTRAINT open_interest_is_sane CHECK isFinite(open_interest) AND open_interest >= 0,
    CONSTRAINT open_interest_usd_is_sane
        CHECK open_interest_usd IS NULL OR (isFinite(open_interest_usd) AND open_interest_usd >= 0)
)
ENGINE = ReplicatedReplacingMergeTree
PARTITION BY (source, interval)
ORDER BY (source, interval, symbol, timestamp, known_at)
SETTINGS
    min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1,
    cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
COMMENT 'Storage of open_interest_history: each row of each answer; read the view';

CREATE TABLE IF NOT EXISTS market.open_interest_observations ON CLUSTER main AS market.open_interest_observations_local
ENGINE = Distributed(main, market, open_interest_observations_local, cityHash64(source, interval, symbol))
COMMENT 'open_interest_history over all shards, a series on one: each row of each answer; read the view';

ALTER TABLE market.open_interest_observations_local ON CLUSTER main
    COMMENT COLUMN timestamp 'Start of the observation, UTC, on the grid of the interval',
    COMMENT COLUMN symbol 'Such as BTC',
    COMMENT COLUMN source 'Exchange and market, such as binance_futures',
    COMMENT COLUMN interval '5m, 15m, 1h, 4h or 1d',
    COMMENT COLUMN open_interest 'Base units or contracts, as the source counts',
    COMMENT COLUMN open_interest_usd 'Notional in US dollars; NULL where the source gave none',
    COMMENT COLUMN known_at 'When the vendor gave this value, UTC',
    COMMENT COLUMN batch_id 'The batch that brought it';

ALTER TABLE market.open_interest_observations ON CLUSTER main
    COMMENT COLUMN timestamp 'Start of the observation, UTC, on the grid of the interval',
    COMMENT COLUMN symbol 'Such as BTC',
    COMMENT COLUMN source 'Exchange and market, such as binance_futures',
    COMMENT COLUMN interval '5m, 15m, 1h, 4h or 1d',
    COMMENT COLUMN open_interest 'Base units or contracts, as the source counts',
    COMMENT COLUMN open_interest_usd 'Notional in US dollars; NULL where the source gave none',
    COMMENT COLUMN known_at 'When the vendor gave this value, UTC',
    COMMENT COLUMN batch_id 'The batch that brought it';

ALTER TABLE market.open_interest_observations_local ON CLUSTER main MODIFY SETTING
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS market.quarantine_rows_local ON CLUSTER main
(
    quarantine_id  String,
    batch_id       LowCardinality(String),
    window_id      LowCardinality(String),
    page_path      LowCardinality(String),
    row_index      UInt32,
    symbol         LowCardinality(String),
    source         LowCardinality(String),
    interval       LowCardinality(String),
    timestamp_text String,
    rules          Array(LowCardinality(String)),
    raw            String                 CODEC(ZSTD(3)),
    known_at       DateTime64(3, 'UTC')
)
ENGINE = ReplicatedReplacingMergeTree(known_at)
ORDER BY quarantine_id
COMMENT 'Storage of quarantine; read the view';

CREATE TABLE IF NOT EXISTS market.quarantine_rows ON CLUSTER main AS market.quarantine_rows_local
ENGINE = Distributed(main, market, quarantine_rows_local, cityHash64(quarantine_id))
COMMENT 'quarantine over all shards; read the view';

ALTER TABLE market.quarantine_rows_local ON CLUSTER main
    COMMENT COLUMN quarantine_id 'Identifies the row: equal rows are kept once',
    COMMENT COLUMN batch_id 'The batch that brought it',
    COMMENT COLUMN window_id 'The window that was requested',
    COMMENT COLUMN page_path 'The landed page that holds it',
    COMMENT COLUMN row_index 'Its position in the page, from 0',
    COMMENT COLUMN symbol 'As requested',
    COMMENT COLUMN source 'As requested; as in the row where all sources were requested',
    COMMENT COLUMN interval 'As requested',
    COMMENT COLUMN timestamp_text 'The timestamp as received',
    COMMENT COLUMN rules 'The rules that it broke',
    COMMENT COLUMN raw 'The row as received',
    COMMENT COLUMN known_at 'When the page was received, UTC';

ALTER TABLE market.quarantine_rows ON CLUSTER main
    COMMENT COLUMN quarantine_id 'Identifies the row: equal rows are kept once',
    COMMENT COLUMN batch_id 'The batch that brought it',
    COMMENT COLUMN window_id 'The window that was requested',
    COMMENT COLUMN page_path 'The landed page that holds it',
    COMMENT COLUMN row_index 'Its position in the page, from 0',
    COMMENT COLUMN symbol 'As requested',
    COMMENT COLUMN source 'As requested; as in the row where all sources were requested',
    COMMENT COLUMN interval 'As requested',
    COMMENT COLUMN timestamp_text 'The timestamp as received',
    COMMENT COLUMN rules 'The rules that it broke',
    COMMENT COLUMN raw 'The row as received',
    COMMENT COLUMN known_at 'When the page was received, UTC';

ALTER TABLE market.quarantine_rows_local ON CLUSTER main MODIFY SETTING
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS market.dq_result_rows_local ON CLUSTER main
(
    validated_at     DateTime64(3, 'UTC'),
    batch_id         String,
    suite            LowCardinality(String),
    rule             LowCardinality(String),
    level            LowCardinality(String),
    severity         LowCardinality(String),
    expectation      LowCardinality(String),
    column           LowCardinality(String),
    success          Bool,
    errored          Bool,
    element_count    Nullable(UInt64),
    unexpected_count Nullable(UInt64),
    missing_count    Nullable(UInt64),
    observed_value   String                 CODEC(ZSTD(3)),
    sample           String                 CODEC(ZSTD(3)),
    error            String                 CODEC(ZSTD(3)),
    kwargs           String                 CODEC(ZSTD(3))
)
ENGINE = ReplicatedReplacingMergeTree(validated_at)
ORDER BY (batch_id, suite, rule, expectation, column)
COMMENT 'Storage of dq_results; read the view';

CREATE TABLE IF NOT EXISTS market.dq_result_rows ON CLUSTER main AS market.dq_result_rows_local
ENGINE = Distributed(main, market, dq_result_rows_local, cityHash64(batch_id))
COMMENT 'dq_results over all shards; read the view';

ALTER TABLE market.dq_result_rows_local ON CLUSTER main
    COMMENT COLUMN validated_at 'When the last page of the batch was received, UTC',
    COMMENT COLUMN batch_id 'The batch that was validated',
    COMMENT COLUMN suite 'The suite that the rule belongs to',
    COMMENT COLUMN rule 'Name of the rule',
    COMMENT COLUMN level 'row: judges single rows; batch: judges the batch',
    COMMENT COLUMN severity 'critical or warning',
    COMMENT COLUMN expectation 'Type of the Great Expectations expectation',
    COMMENT COLUMN column 'The column judged; empty where several are',
    COMMENT COLUMN success 'True when the rule held',
    COMMENT COLUMN errored 'True when the rule could not be run',
    COMMENT COLUMN element_count 'Rows checked; NULL where the rule does not count rows',
    COMMENT COLUMN unexpected_count 'Rows that broke the rule; NULL where it does not count rows',
    COMMENT COLUMN missing_count 'Rows without a value; NULL where it does not count rows',
    COMMENT COLUMN observed_value 'What was measured, as JSON',
    COMMENT COLUMN sample 'Some of the values that broke it',
    COMMENT COLUMN error 'Why it could not be run; else empty',
    COMMENT COLUMN kwargs 'Bounds of the rule, as JSON';

ALTER TABLE market.dq_result_rows ON CLUSTER main
    COMMENT COLUMN validated_at 'When the last page of the batch was received, UTC',
    COMMENT COLUMN batch_id 'The batch that was validated',
    COMMENT COLUMN suite 'The suite that the rule belongs to',
    COMMENT COLUMN rule 'Name of the rule',
    COMMENT COLUMN level 'row: judges single rows; batch: judges the batch',
    COMMENT COLUMN severity 'critical or warning',
    COMMENT COLUMN expectation 'Type of the Great Expectations expectation',
    COMMENT COLUMN column 'The column judged; empty where several are',
    COMMENT COLUMN success 'True when the rule held',
    COMMENT COLUMN errored 'True when the rule could not be run',
    COMMENT COLUMN element_count 'Rows checked; NULL where the rule does not count rows',
    COMMENT COLUMN unexpected_count 'Rows that broke the rule; NULL where it does not count rows',
    COMMENT COLUMN missing_count 'Rows without a value; NULL where it does not count rows',
    COMMENT COLUMN observed_value 'What was measured, as JSON',
    COMMENT COLUMN sample 'Some of the values that broke it',
    COMMENT COLUMN error 'Why it could not be run; else empty',
    COMMENT COLUMN kwargs 'Bounds of the rule, as JSON';

ALTER TABLE market.dq_result_rows_local ON CLUSTER main MODIFY SETTING
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS market.ledger_coverage_local ON CLUSTER main
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
ENGINE = ReplicatedReplacingMergeTree(told_at)
ORDER BY (source, interval, symbol, first_bucket)
SETTINGS cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
COMMENT 'The ledger''s coverage: what was asked of each series and what was found';

CREATE TABLE IF NOT EXISTS market.ledger_coverage ON CLUSTER main AS market.ledger_coverage_local
ENGINE = Distributed(main, market, ledger_coverage_local, cityHash64(source, interval, symbol))
COMMENT 'The ledger''s coverage over all shards: what was requested of each series and what was found';

ALTER TABLE market.ledger_coverage_local ON CLUSTER main
    ADD COLUMN IF NOT EXISTS doubts Array(LowCardinality(String))
        COMMENT 'Why the silence of an empty stretch proves nothing; empty where it counts' AFTER told_at;

ALTER TABLE market.ledger_coverage ON CLUSTER main
    ADD COLUMN IF NOT EXISTS doubts Array(LowCardinality(String))
        COMMENT 'Why the silence of an empty stretch proves nothing; empty where it counts' AFTER told_at;

ALTER TABLE market.ledger_coverage_local ON CLUSTER main MODIFY SETTING
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS market.ledger_spend_local ON CLUSTER main
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
ENGINE = ReplicatedReplacingMergeTree(told_at)
ORDER BY (day, lane, symbol)
SETTINGS cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
COMMENT 'The ledger''s charges by day, lane and symbol';

CREATE TABLE IF NOT EXISTS market.ledger_spend ON CLUSTER main AS market.ledger_spend_local
ENGINE = Distributed(main, market, ledger_spend_local, cityHash64(day, lane, symbol))
COMMENT 'The ledger''s charges by day, lane and symbol, over all shards';

ALTER TABLE market.ledger_spend_local ON CLUSTER main MODIFY SETTING
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS market.ledger_cycles_local ON CLUSTER main
(
    first_day         Date                   COMMENT 'First day of the billing cycle, UTC',
    after_last        Date                   COMMENT 'The day after its last one, UTC',
    allowance_credits Nullable(Int64)        COMMENT 'Credits that may be spent in it; NULL where nobody says',
    told_at           DateTime64(3, 'UTC')   COMMENT 'When the ledger was read, UTC'
)
ENGINE = ReplicatedReplacingMergeTree(told_at)
ORDER BY first_day
SETTINGS cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
COMMENT 'The billing cycles with their allowances, each as it was last told';

CREATE TABLE IF NOT EXISTS market.ledger_cycles ON CLUSTER main AS market.ledger_cycles_local
ENGINE = Distributed(main, market, ledger_cycles_local, cityHash64(first_day))
COMMENT 'The billing cycles with their allowances, each by its newest copy, over all shards';

ALTER TABLE market.ledger_cycles_local ON CLUSTER main MODIFY SETTING
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

CREATE TABLE IF NOT EXISTS market.ledger_derived_local ON CLUSTER main
(
    source        LowCardinality(String)  COMMENT 'Exchange and market, such as binance_futures',
    interval      LowCardinality(String)  COMMENT '15m, 1h, 4h or 1d',
    symbol        LowCardinality(String)  COMMENT 'Such as BTC',
    step_seconds  UInt32                  COMMENT 'Length of a bucket in seconds',
    derived_from  Array(DateTime('UTC'))  COMMENT 'Where each stretch begins in which it is derived, UTC',
    derived_until Array(DateTime('UTC'))  COMMENT 'Where each of them ends, UTC; the end itself is not derived',
    told_at       DateTime64(3, 'UTC')    COMMENT 'When the ledger was read, UTC'
)
ENGINE = ReplicatedReplacingMergeTree(told_at)
ORDER BY (source, interval, symbol)
SETTINGS cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
COMMENT 'The ledger''s proofs: which intervals of which series are read off 5m rows, and over which time';

CREATE TABLE IF NOT EXISTS market.ledger_derived ON CLUSTER main AS market.ledger_derived_local
ENGINE = Distributed(main, market, ledger_derived_local, cityHash64(source, interval, symbol))
COMMENT 'The ledger''s proofs over all shards: which intervals of which series are read off 5m rows, and over which time';

ALTER TABLE market.ledger_derived_local ON CLUSTER main MODIFY SETTING
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1;

