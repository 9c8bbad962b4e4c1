CREATE TABLE IF NOT EXISTS market.open_interest_day_rows_local ON CLUSTER main
(
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    day               Date                   COMMENT 'Day, UTC',
    step_seconds      UInt32                 COMMENT 'Length of the interval in seconds',
    observations      UInt32                 COMMENT 'Rows of the day',
    close_at          DateTime('UTC')        COMMENT 'Time of the last row of the day, UTC',
    open              Float64                COMMENT 'First value of the day; base units or contracts',
    high              Float64                COMMENT 'Highest value of the day; base units or contracts',
    low               Float64                COMMENT 'Lowest value of the day; base units or contracts',
    close             Float64                COMMENT 'Last value of the day; base units or contracts',
    mean              Float64                COMMENT 'Mean of the values; base units or contracts',
    open_usd          Nullable(Float64)      COMMENT 'US dollars at the moment of open; NULL where the source gave none then',
    high_usd          Nullable(Float64)      COMMENT 'Highest value in US dollars; NULL where the source gave none',
    low_usd           Nullable(Float64)      COMMENT 'Lowest value in US dollars; NULL where the source gave none',
    close_usd         Nullable(Float64)      COMMENT 'US dollars at the moment of close; NULL where the source gave none then',
    mean_usd          Nullable(Float64)      COMMENT 'Mean of the values with US dollars; NULL where the source gave none',
    seconds           Array(UInt32)          CODEC(ZSTD(1)) COMMENT 'Seconds from midnight UTC of each row of the day, ascending',
    open_interest     Array(Float64)         CODEC(ZSTD(3)) COMMENT 'The value of each row: base units or contracts, as the source counts',
    open_interest_usd Array(Float64)         CODEC(ZSTD(3)) COMMENT 'The notional of each row in US dollars; -1 where the source gave none',
    derived           Array(Bool)            CODEC(ZSTD(1)) COMMENT 'True where the value of a row is the 5m snapshot at that time',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor last gave close, UTC',
    computed_at       DateTime64(6, 'UTC')   COMMENT 'When the rows were read, UTC; the highest stands'
)
ENGINE = ReplicatedReplacingMergeTree(computed_at)
ORDER BY (symbol, source, interval, day)
SETTINGS
    index_granularity = 128, min_age_to_force_merge_seconds = 600,
    cleanup_delay_period = 1, cleanup_delay_period_random_add = 0, max_cleanup_delay_period = 1,
    fsync_after_insert = 1, fsync_part_directory = 1, min_rows_to_fsync_after_merge = 1,
    min_compressed_bytes_to_fsync_after_merge = 1
COMMENT 'Storage of open_interest_days; read the view';

CREATE TABLE IF NOT EXISTS market.open_interest_day_rows ON CLUSTER main AS market.open_interest_day_rows_local
ENGINE = Distributed(main, market, open_interest_day_rows_local, cityHash64(source, interval, symbol))
COMMENT 'open_interest_days over all shards, a series on one; read the view';

