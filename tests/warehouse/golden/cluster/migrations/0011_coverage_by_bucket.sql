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
COMMENT 'The billing cycles with their allowances, each as it was last told, over all shards';

CREATE OR REPLACE VIEW market.ledger_newest_telling ON CLUSTER main
(
    told_at Nullable(DateTime64(3, 'UTC')) COMMENT 'When the ledger was read, UTC; NULL where it never was'
)
AS SELECT maxOrNull(told_at) AS told_at
FROM
(
    SELECT told_at FROM market.ledger_coverage
    UNION ALL
    SELECT told_at FROM market.ledger_cycles
)
COMMENT 'When the ledger was told last';

CREATE OR REPLACE VIEW market.ledger_coverage_newest ON CLUSTER main
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
AS SELECT source, interval, symbol, first_bucket, after_last, step_seconds, found, proven, observed_at, told_at
FROM market.ledger_coverage FINAL
WHERE told_at = (SELECT told_at FROM market.ledger_newest_telling)
COMMENT 'The ledger''s coverage by its newest telling, which stands as a whole';

CREATE OR REPLACE VIEW bi.coverage ON CLUSTER main
(
    day              Date                            COMMENT 'Day, UTC',
    symbol           LowCardinality(String)          COMMENT 'Such as BTC',
    source           LowCardinality(String)          COMMENT 'Exchange and market, such as binance_futures',
    interval         LowCardinality(String)          COMMENT '5m, 15m, 1h, 4h or 1d',
    expected         UInt64                          COMMENT 'Buckets between the first and the last one that the series was asked for',
    stored           UInt64                          COMMENT 'Buckets with a row that was received',
    derived          UInt64                          COMMENT 'Buckets without one that are read off 5m rows',
    proven_empty     UInt64                          COMMENT 'Buckets that answered empty twice: the vendor has no row',
    missing          UInt64                          COMMENT 'Buckets expected, neither stored nor derived nor proven empty',
    received         UInt64                          COMMENT 'Buckets for which the ledger knows a received row; rejected rows count too',
    not_stored       UInt64                          COMMENT 'Buckets received without a stored row: rejected, or lost, which ./oi check tells',
    told_at          Nullable(DateTime64(3, 'UTC'))  COMMENT 'When the ledger was read for this, UTC; rows are always those of now'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    day, symbol, source, interval, buckets_expected AS expected,
    length(stored_at) AS stored, length(derived_at) AS derived, buckets_empty AS proven_empty,
    toUInt64(buckets_expected - buckets_empty - arrayCount(
        moment -> moment >= asked_low AND moment < asked_high
            AND NOT arrayExists(stretch -> moment >= stretch.1 AND moment < stretch.2, empty_stretches),
        arrayConcat(stored_at, derived_at))) AS missing,
    buckets_received AS received,
    toUInt64(buckets_received - arrayCount(
        moment -> arrayExists(stretch -> moment >= stretch.1 AND moment < stretch.2, read_stretches),
        stored_at)) AS not_stored,
    (SELECT told_at FROM market.ledger_newest_telling) AS told_at
FROM
(
    SELECT
        day, symbol, source, interval,
        sumIf(buckets, what = 'asked') AS buckets_expected, sumIf(buckets, what = 'empty') AS buckets_empty,
        sumIf(buckets, what = 'rows') AS buckets_received,
        maxIf(low, what = 'asked') AS asked_low, maxIf(high, what = 'asked') AS asked_high,
        groupArrayIf((low, high), what = 'rows') AS read_stretches,
        groupArrayIf((low, high), what = 'empty') AS empty_stretches,
        groupArrayIf(low, what = 'stored') AS stored_at, groupArrayIf(low, what = 'derived') AS derived_at
    FROM
    (
        SELECT
            toDate(timestamp) AS day, symbol, source, interval, if(derived, 'derived', 'stored') AS what,
            toInt64(toUnixTimestamp(timestamp)) AS low, low AS high, toInt64(1) AS buckets
        FROM bi.open_interest
        UNION ALL
        SELECT
            toDate(arrayJoin(range(toUInt32(intDiv(low, 86400)), toUInt32(intDiv(high - 1, 86400)) + 1))) AS day,
            symbol, source, interval, what, low, high,
            intDiv(least(high, (toInt64(day) + 1) * 86400) + step - 1, step)
                - intDiv(greatest(low, toInt64(day) * 86400) + step - 1, step) AS buckets
        FROM
        (
            SELECT
                symbol, source, interval, toInt64(step_seconds) AS step, 'asked' AS what,
                min(toInt64(toUnixTimestamp(first_bucket))) AS low, max(toInt64(toUnixTimestamp(after_last))) AS high
            FROM market.ledger_coverage_newest
            GROUP BY symbol, source, interval, step
            UNION ALL
            SELECT
                symbol, source, interval, toInt64(step_seconds) AS step, toString(found) AS what,
                toInt64(toUnixTimestamp(first_bucket)) AS low, toInt64(toUnixTimestamp(after_last)) AS high
            FROM market.ledger_coverage_newest
            WHERE found = 'rows' OR proven
        )
    )
    GROUP BY day, symbol, source, interval
)
COMMENT 'What was expected, stored, missing and proven empty of each series on each day';

CREATE OR REPLACE VIEW bi.freshness ON CLUSTER main
(
    symbol         LowCardinality(String)          COMMENT 'Such as BTC',
    source         LowCardinality(String)          COMMENT 'Exchange and market, such as binance_futures',
    interval       LowCardinality(String)          COMMENT '5m, 15m, 1h, 4h or 1d',
    newest         Nullable(DateTime('UTC'))       COMMENT 'Start of the newest observation, UTC; NULL where none is stored',
    age_seconds    Nullable(Int64)                 COMMENT 'Seconds since that observation closed; negative while it is open',
    steps_behind   Nullable(Int64)                 COMMENT 'The same in whole intervals; 0 is as fresh as can be',
    last_asked_at  Nullable(DateTime64(3, 'UTC'))  COMMENT 'When the vendor was last asked for this series, UTC; NULL where the ledger does not know'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    symbol, source, interval, max(stored) AS newest,
    dateDiff('second', newest, now('UTC')) - toInt64(max(step)) AS age_seconds,
    if(age_seconds < 0, 0, intDiv(age_seconds, toInt64(max(step)))) AS steps_behind,
    max(asked) AS last_asked_at
FROM
(
    SELECT
        symbol, source, interval, step_seconds AS step, toNullable(timestamp) AS stored,
        CAST(NULL, 'Nullable(DateTime64(3, \'UTC\'))') AS asked
    FROM bi.open_interest_latest
    UNION ALL
    SELECT
        symbol, source, interval, any(step_seconds) AS step, CAST(NULL, 'Nullable(DateTime(\'UTC\'))') AS stored,
        toNullable(max(observed_at)) AS asked
    FROM market.ledger_coverage_newest
    GROUP BY symbol, source, interval
)
GROUP BY symbol, source, interval
COMMENT 'How old the newest row of each series is, also of series that never had one';

