CREATE OR REPLACE VIEW {bi}.coverage
(
    day              Date                            COMMENT 'Day, UTC',
    symbol           LowCardinality(String)          COMMENT 'Such as BTC',
    source           LowCardinality(String)          COMMENT 'Exchange and market, such as binance_futures',
    interval         LowCardinality(String)          COMMENT '5m, 15m, 1h, 4h or 1d',
    expected         UInt64                          COMMENT 'Buckets between the first and the last one requested for the series',
    stored           UInt64                          COMMENT 'Buckets with a stored row of this interval',
    derived          UInt64                          COMMENT 'Buckets without one whose value is the 5m snapshot at that time',
    proven_empty     UInt64                          COMMENT 'Buckets that good answers showed empty twice: the vendor has no row',
    missing          UInt64                          COMMENT 'Buckets expected, neither stored nor derived nor proven empty',
    received         UInt64                          COMMENT 'Buckets for which the ledger knows a received row; rejected rows count too',
    not_stored       UInt64                          COMMENT 'Buckets received without a stored row: rejected, or lost, which ./oi check reports',
    unproven         UInt64                          COMMENT 'Buckets that came back without a row, in an answer that proves nothing',
    doubts           Array(String)                   COMMENT 'The reasons: possibly_clipped, incomplete, rows_outside and so on; docs/vendor.md lists them',
    ledger_as_of     Nullable(DateTime64(3, 'UTC'))  COMMENT 'When the ledger was read for this, UTC; rows are always those of now'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    day, symbol, source, interval, buckets_expected AS expected,
    toUInt64(if(whole, transform(toString(interval), ['5m', '15m', '1h', '4h'], [288, 96, 24, 6], 1), length(stored_at)))
        AS stored,
    length(derived_at) AS derived, buckets_empty AS proven_empty,
    if(whole, 0, toUInt64(buckets_expected - buckets_empty - arrayCount(
        moment -> moment >= requested_low AND moment < requested_high
            AND NOT arrayExists(stretch -> moment >= stretch.1 AND moment < stretch.2, empty),
        arrayConcat(stored_at, derived_at)))) AS missing,
    buckets_received AS received,
    if(whole, 0, toUInt64(buckets_received - arrayCount(
        moment -> arrayExists(stretch -> moment >= stretch.1 AND moment < stretch.2, by_day.received), stored_at)))
        AS not_stored,
    buckets_unproven AS unproven, arraySort(arrayDistinct(arrayFlatten(answered_empty.3))) AS doubts,
    (SELECT ledger_as_of FROM {database}.ledger_newest_copy) AS ledger_as_of
FROM {database}.coverage_by_day AS by_day
WHERE buckets_expected > 0 OR whole OR notEmpty(stored_at) OR notEmpty(derived_at)
COMMENT 'What was expected, stored, missing, unproven and proven empty of each series on each day'
