CREATE OR REPLACE VIEW bi.coverage ON CLUSTER main
(
    day              Date                   COMMENT 'Day, UTC',
    symbol           LowCardinality(String) COMMENT 'Such as BTC',
    source           LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval         LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    expected         UInt64                 COMMENT 'Buckets between the first and the last one that the series was asked for',
    stored           UInt64                 COMMENT 'Buckets with a row',
    proven_empty     UInt64                 COMMENT 'Buckets that answered empty twice: the vendor has no row',
    missing          UInt64                 COMMENT 'Buckets expected, neither stored nor proven empty',
    received         UInt64                 COMMENT 'Buckets for which the ledger knows a received row; rejected rows count too'
)
AS SELECT
    day, symbol, source, interval,
    sum(buckets_expected) AS expected, sum(buckets_stored) AS stored, sum(buckets_empty) AS proven_empty,
    toUInt64(greatest(0, toInt64(expected) - toInt64(stored) - toInt64(proven_empty))) AS missing,
    sum(buckets_received) AS received
FROM
(
    SELECT
        toDate(timestamp) AS day, symbol, source, interval,
        0 AS buckets_expected, count() AS buckets_stored, 0 AS buckets_empty, 0 AS buckets_received
    FROM bi.open_interest
    GROUP BY day, symbol, source, interval
    UNION ALL
    SELECT
        day, symbol, source, interval,
        if(what = 'asked', buckets, 0) AS buckets_expected, 0 AS buckets_stored,
        if(what = 'empty', buckets, 0) AS buckets_empty, if(what = 'rows', buckets, 0) AS buckets_received
    FROM
    (
        SELECT
            toDate(arrayJoin(range(toUInt32(intDiv(low, 86400)), toUInt32(intDiv(high - 1, 86400)) + 1))) AS day,
            symbol, source, interval, what,
            intDiv(least(high, (toInt64(day) + 1) * 86400) + step - 1, step)
                - intDiv(greatest(low, toInt64(day) * 86400) + step - 1, step) AS buckets
        FROM
        (
            SELECT
                symbol, source, interval, toInt64(step_seconds) AS step, 'asked' AS what,
                min(toInt64(toUnixTimestamp(first_bucket))) AS low, max(toInt64(toUnixTimestamp(after_last))) AS high
            FROM market.ledger_coverage FINAL
            WHERE told_at = (SELECT max(told_at) FROM market.ledger_coverage)
            GROUP BY symbol, source, interval, step
            UNION ALL
            SELECT
                symbol, source, interval, toInt64(step_seconds) AS step, toString(found) AS what,
                toInt64(toUnixTimestamp(first_bucket)) AS low, toInt64(toUnixTimestamp(after_last)) AS high
            FROM market.ledger_coverage FINAL
            WHERE told_at = (SELECT max(told_at) FROM market.ledger_coverage) AND (found = 'rows' OR proven)
        )
    )
)
GROUP BY day, symbol, source, interval
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
    FROM market.ledger_coverage FINAL
    WHERE told_at = (SELECT max(told_at) FROM market.ledger_coverage)
    GROUP BY symbol, source, interval
)
GROUP BY symbol, source, interval
COMMENT 'How old the newest row of each series is, also of series that never had one';

CREATE OR REPLACE VIEW bi.credits ON CLUSTER main
(
    day              Date                   COMMENT 'Day of the request, UTC',
    lane             LowCardinality(String) COMMENT 'Who spent: hourly, daily or backfill',
    symbol           LowCardinality(String) COMMENT 'What was asked for, such as BTC',
    spent_credits    Int64                  COMMENT 'Credits that count as spent: settled and reserved',
    settled_credits  Int64                  COMMENT 'Credits charged',
    reserved_credits Int64                  COMMENT 'Credits of requests whose charge is not known yet',
    requests         UInt64                 COMMENT 'Requests made',
    rows             UInt64                 COMMENT 'Rows received'
)
AS SELECT
    day, lane, symbol, settled_credits + reserved_credits AS spent_credits, settled_credits, reserved_credits,
    requests, rows
FROM market.ledger_spend FINAL
COMMENT 'What was spent by day, lane and symbol';

