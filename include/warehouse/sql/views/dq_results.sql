CREATE OR REPLACE VIEW {database}.dq_results
(
    validated_at     DateTime64(3, 'UTC')   COMMENT 'When the last page of the batch was received, UTC',
    batch_id         String                 COMMENT 'The batch that was judged',
    suite            LowCardinality(String) COMMENT 'The suite that the rule belongs to',
    rule             LowCardinality(String) COMMENT 'Name of the rule',
    level            LowCardinality(String) COMMENT 'row: judges single rows; batch: judges the batch',
    severity         LowCardinality(String) COMMENT 'critical or warning',
    expectation      LowCardinality(String) COMMENT 'Type of the Great Expectations expectation',
    column           LowCardinality(String) COMMENT 'The column judged; empty where several are',
    success          Bool                   COMMENT 'True when the rule held',
    errored          Bool                   COMMENT 'True when the rule could not be run',
    element_count    Nullable(UInt64)       COMMENT 'Rows looked at; NULL where the rule does not count rows',
    unexpected_count Nullable(UInt64)       COMMENT 'Rows that broke the rule; NULL where it does not count rows',
    missing_count    Nullable(UInt64)       COMMENT 'Rows without a value; NULL where it does not count rows',
    observed_value   String                 COMMENT 'What was measured, as JSON',
    sample           String                 COMMENT 'Some of the values that broke it',
    error            String                 COMMENT 'Why it could not be run; else empty',
    kwargs           String                 COMMENT 'Bounds of the rule, as JSON'
)
AS SELECT
    validated_at, batch_id, suite, rule, level, severity, expectation, column, success, errored, element_count,
    unexpected_count, missing_count, observed_value, sample, error, kwargs
FROM {database}.dq_result_rows FINAL
COMMENT 'What each rule found in each batch, one row per rule and batch: its newest validation'
