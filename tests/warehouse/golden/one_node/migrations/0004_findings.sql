CREATE TABLE IF NOT EXISTS market.quarantine_rows
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
ENGINE = ReplacingMergeTree(known_at)
ORDER BY quarantine_id
COMMENT 'Storage of quarantine; read the view';

CREATE OR REPLACE VIEW market.quarantine AS
SELECT
    quarantine_id, batch_id, window_id, page_path, row_index, symbol, source, interval, timestamp_text, rules, raw,
    known_at
FROM market.quarantine_rows FINAL
COMMENT 'Rows received but not accepted: the rules they broke and their raw text';

CREATE TABLE IF NOT EXISTS market.dq_result_rows
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
ENGINE = ReplacingMergeTree(validated_at)
ORDER BY (batch_id, suite, rule, expectation, column)
COMMENT 'Storage of dq_results; read the view';

CREATE OR REPLACE VIEW market.dq_results AS
SELECT
    validated_at, batch_id, suite, rule, level, severity, expectation, column, success, errored, element_count,
    unexpected_count, missing_count, observed_value, sample, error, kwargs
FROM market.dq_result_rows FINAL
COMMENT 'What each rule found in each batch, one row per rule and batch: its newest validation';

