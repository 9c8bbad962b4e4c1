CREATE TABLE IF NOT EXISTS market.open_interest_current
(
    timestamp         DateTime('UTC')         CODEC(Delta(4), ZSTD(1)),
    symbol            LowCardinality(String),
    source            LowCardinality(String),
    interval          LowCardinality(String),
    open_interest     Float64                 CODEC(ZSTD(3)),
    open_interest_usd Nullable(Float64)       CODEC(ZSTD(3)),
    known_at          DateTime64(3, 'UTC')    CODEC(Delta(8), ZSTD(1))
)
ENGINE = ReplacingMergeTree(known_at)
PARTITION BY (source, interval)
ORDER BY (source, interval, symbol, timestamp)
SETTINGS
    min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1,
    cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
COMMENT 'Storage of open_interest; read the view, which is exact before merges too';

CREATE TABLE IF NOT EXISTS market.open_interest_observations
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
ENGINE = ReplacingMergeTree
PARTITION BY (source, interval)
ORDER BY (source, interval, symbol, timestamp, known_at)
SETTINGS
    min_age_to_force_merge_seconds = 600, min_age_to_force_merge_on_partition_only = 1,
    cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1
COMMENT 'Storage of open_interest_history: each row of each answer; read the view';

