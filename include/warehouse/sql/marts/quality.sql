CREATE OR REPLACE VIEW {bi}.quality
(
    day             Date                   COMMENT 'Day on which the rows were received, UTC',
    suite           LowCardinality(String) COMMENT 'The suite that the rule belongs to',
    rule            LowCardinality(String) COMMENT 'Name of the rule',
    level           LowCardinality(String) COMMENT 'row: judges single rows; batch: judges the batch',
    severity        LowCardinality(String) COMMENT 'critical or warning',
    batches         UInt64                 COMMENT 'Batches validated',
    batches_failed  UInt64                 COMMENT 'Batches in which the rule did not hold, or could not be run',
    rows_checked    UInt64                 COMMENT 'Rows checked; 0 where the rule does not count rows',
    rows_unexpected UInt64                 COMMENT 'Rows that broke the rule; 0 where it does not count rows',
    unexpected_share Nullable(Float64)     COMMENT 'rows_unexpected / rows_checked, 0 to 1; NULL where none was checked'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    toDate(validated_at) AS day, suite, rule, level, severity,
    count() AS batches, countIf(NOT success OR errored) AS batches_failed,
    sum(ifNull(element_count, 0)) AS rows_checked, sum(ifNull(unexpected_count, 0)) AS rows_unexpected,
    rows_unexpected / nullIf(rows_checked, 0) AS unexpected_share
FROM {database}.dq_results
GROUP BY day, suite, rule, level, severity
COMMENT 'How the rules held, by day'
