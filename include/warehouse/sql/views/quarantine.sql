CREATE OR REPLACE VIEW {database}.quarantine
(
    quarantine_id  String                        COMMENT 'Identifies the row: equal rows are kept once',
    batch_id       LowCardinality(String)        COMMENT 'The batch that brought it',
    window_id      LowCardinality(String)        COMMENT 'The window that was requested',
    page_path      LowCardinality(String)        COMMENT 'The landed page that holds it',
    row_index      UInt32                        COMMENT 'Its position in the page, from 0',
    symbol         LowCardinality(String)        COMMENT 'As received; as requested where the row has none',
    source         LowCardinality(String)        COMMENT 'As received; as requested where the row has none',
    interval       LowCardinality(String)        COMMENT 'As received; as requested where the row has none',
    timestamp_text String                        COMMENT 'The timestamp as received',
    covers         Array(Tuple(symbol String, source String, interval String, timestamp DateTime('UTC')))
        COMMENT 'The bucket of the requested series that the row accounts for, UTC; empty where it accounts for none',
    rules          Array(LowCardinality(String)) COMMENT 'The rules that it broke',
    raw            String                        COMMENT 'The row as received',
    known_at       DateTime64(3, 'UTC')          COMMENT 'When the page was received, UTC'
)
AS SELECT
    quarantine_id, batch_id, window_id, page_path, row_index, symbol, source, interval, timestamp_text, covers, rules, raw,
    known_at
FROM {database}.quarantine_rows FINAL
COMMENT 'Rows received but not accepted: the rules they broke and their raw text'
