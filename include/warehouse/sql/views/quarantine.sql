CREATE OR REPLACE VIEW {database}.quarantine
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
FROM {database}.quarantine_rows FINAL
COMMENT 'Rows received but not accepted: the rules they broke and their raw text'
