ALTER TABLE market.schema_migrations
    COMMENT COLUMN applied_at 'When it was applied, UTC';

ALTER TABLE market.open_interest_current
    COMMENT COLUMN timestamp 'Start of the observation, UTC, on the grid of the interval',
    COMMENT COLUMN symbol 'Such as BTC',
    COMMENT COLUMN source 'Exchange and market, such as binance_futures',
    COMMENT COLUMN interval '5m, 15m, 1h, 4h or 1d',
    COMMENT COLUMN open_interest 'Base units or contracts, as the source counts',
    COMMENT COLUMN open_interest_usd 'Notional in US dollars; NULL where the source gave none',
    COMMENT COLUMN known_at 'When the vendor told this value, UTC; the highest stands';

ALTER TABLE market.open_interest_observations
    COMMENT COLUMN timestamp 'Start of the observation, UTC, on the grid of the interval',
    COMMENT COLUMN symbol 'Such as BTC',
    COMMENT COLUMN source 'Exchange and market, such as binance_futures',
    COMMENT COLUMN interval '5m, 15m, 1h, 4h or 1d',
    COMMENT COLUMN open_interest 'Base units or contracts, as the source counts',
    COMMENT COLUMN open_interest_usd 'Notional in US dollars; NULL where the source gave none',
    COMMENT COLUMN known_at 'When the vendor told this value, UTC',
    COMMENT COLUMN batch_id 'The batch that brought it';

CREATE OR REPLACE VIEW market.open_interest_latest
(
    timestamp         DateTime('UTC')        COMMENT 'Start of the newest observation, UTC',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    open_interest     Float64                COMMENT 'Base units or contracts, as the source counts',
    open_interest_usd Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor told this value, UTC'
)
AS SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at
FROM market.open_interest_current FINAL
ORDER BY source, interval, symbol, timestamp DESC
LIMIT 1 BY source, interval, symbol
COMMENT 'The newest row of each series';

CREATE OR REPLACE VIEW market.open_interest_restatements
(
    timestamp                  DateTime('UTC')               COMMENT 'Start of the observation, UTC',
    symbol                     LowCardinality(String)        COMMENT 'Such as BTC',
    source                     LowCardinality(String)        COMMENT 'Exchange and market, such as binance_futures',
    interval                   LowCardinality(String)        COMMENT '5m, 15m, 1h, 4h or 1d',
    previous_open_interest     Nullable(Float64)             COMMENT 'The value before, in base units or contracts',
    open_interest              Float64                       COMMENT 'The value that replaced it, in the same unit',
    previous_open_interest_usd Nullable(Float64)             COMMENT 'US dollars before; NULL where none were given',
    open_interest_usd          Nullable(Float64)             COMMENT 'US dollars after; NULL where none were given',
    previous_known_at          Nullable(DateTime64(3, 'UTC')) COMMENT 'From when the value before was known, UTC',
    known_at                   DateTime64(3, 'UTC')          COMMENT 'From when the new value was known, UTC'
)
AS SELECT
    timestamp, symbol, source, interval,
    previous_open_interest, open_interest, previous_open_interest_usd, open_interest_usd, previous_known_at, known_at
FROM
(
    SELECT
        timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at,
        lagInFrame(toNullable(open_interest)) OVER changes AS previous_open_interest,
        lagInFrame(open_interest_usd) OVER changes AS previous_open_interest_usd,
        lagInFrame(toNullable(known_at)) OVER changes AS previous_known_at
    FROM market.open_interest_history
    WINDOW changes AS
    (
        PARTITION BY source, interval, symbol, timestamp ORDER BY known_at
        ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
    )
)
WHERE previous_open_interest IS NOT NULL
COMMENT 'Each change of a value that had been told before, with the value it replaced';

ALTER TABLE market.quarantine_rows
    COMMENT COLUMN quarantine_id 'Names the row: the same row is kept once',
    COMMENT COLUMN batch_id 'The batch that brought it',
    COMMENT COLUMN window_id 'The window that was asked',
    COMMENT COLUMN page_path 'The landed page that holds it',
    COMMENT COLUMN row_index 'Its place in the page, from 0',
    COMMENT COLUMN symbol 'As asked',
    COMMENT COLUMN source 'As asked, or as the row says where all sources were asked',
    COMMENT COLUMN interval 'As asked',
    COMMENT COLUMN timestamp_text 'The timestamp as received',
    COMMENT COLUMN rules 'The rules that it broke',
    COMMENT COLUMN raw 'The row as received',
    COMMENT COLUMN known_at 'When the page was received, UTC';

CREATE OR REPLACE VIEW market.quarantine
(
    quarantine_id  String                        COMMENT 'Names the row: the same row is kept once',
    batch_id       LowCardinality(String)        COMMENT 'The batch that brought it',
    window_id      LowCardinality(String)        COMMENT 'The window that was asked',
    page_path      LowCardinality(String)        COMMENT 'The landed page that holds it',
    row_index      UInt32                        COMMENT 'Its place in the page, from 0',
    symbol         LowCardinality(String)        COMMENT 'As asked',
    source         LowCardinality(String)        COMMENT 'As asked, or as the row says where all sources were asked',
    interval       LowCardinality(String)        COMMENT 'As asked',
    timestamp_text String                        COMMENT 'The timestamp as received',
    rules          Array(LowCardinality(String)) COMMENT 'The rules that it broke',
    raw            String                        COMMENT 'The row as received',
    known_at       DateTime64(3, 'UTC')          COMMENT 'When the page was received, UTC'
)
AS SELECT
    quarantine_id, batch_id, window_id, page_path, row_index, symbol, source, interval, timestamp_text, rules, raw,
    known_at
FROM market.quarantine_rows FINAL
COMMENT 'Rows received but not accepted: the rules they broke and their raw text';

ALTER TABLE market.dq_result_rows
    COMMENT COLUMN validated_at 'When the last page of the batch was received, UTC',
    COMMENT COLUMN batch_id 'The batch that was judged',
    COMMENT COLUMN suite 'The suite that the rule belongs to',
    COMMENT COLUMN rule 'Name of the rule',
    COMMENT COLUMN level 'row: judges single rows; batch: judges the batch',
    COMMENT COLUMN severity 'critical or warning',
    COMMENT COLUMN expectation 'Type of the Great Expectations expectation',
    COMMENT COLUMN column 'The column judged; empty where several are',
    COMMENT COLUMN success 'True when the rule held',
    COMMENT COLUMN errored 'True when the rule could not be run',
    COMMENT COLUMN element_count 'Rows looked at; NULL where the rule does not count rows',
    COMMENT COLUMN unexpected_count 'Rows that broke the rule; NULL where it does not count rows',
    COMMENT COLUMN missing_count 'Rows without a value; NULL where it does not count rows',
    COMMENT COLUMN observed_value 'What was measured, as JSON',
    COMMENT COLUMN sample 'Some of the values that broke it',
    COMMENT COLUMN error 'Why it could not be run; else empty',
    COMMENT COLUMN kwargs 'Bounds of the rule, as JSON';

CREATE OR REPLACE VIEW market.dq_results
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
FROM market.dq_result_rows FINAL
COMMENT 'What each rule found in each batch, one row per rule and batch: its newest validation';

