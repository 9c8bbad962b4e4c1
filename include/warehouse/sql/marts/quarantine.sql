-- What the vendor wrote stays out: text from outside does not belong in a reader's chart.
CREATE OR REPLACE VIEW {bi}.quarantine
(
    known_at  DateTime64(3, 'UTC')           COMMENT 'When the row was received, UTC',
    day       Date                           COMMENT 'The day of known_at, UTC',
    symbol    LowCardinality(String)         COMMENT 'The symbol of the series that the row accounts for; else as received',
    source    LowCardinality(String)         COMMENT 'Its source; else as received',
    interval  LowCardinality(String)         COMMENT 'Its interval; else as received',
    timestamp Nullable(DateTime64(0, 'UTC'))  COMMENT 'The bucket that the row accounts for, UTC; NULL where it accounts for none',
    rules     Array(LowCardinality(String))  COMMENT 'The rules that it broke',
    window_id LowCardinality(String)         COMMENT 'The window that was requested',
    page_path LowCardinality(String)         COMMENT 'The landed page that holds it',
    row_index UInt32                         COMMENT 'Its position in the page, from 0'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    known_at, toDate(known_at) AS day,
    if(empty(covers), toString(rejected.symbol), covers[1].1) AS symbol,
    if(empty(covers), toString(rejected.source), covers[1].2) AS source,
    if(empty(covers), toString(rejected.interval), covers[1].3) AS interval,
    if(empty(covers), NULL, covers[1].4) AS timestamp, rules, window_id, page_path, row_index
FROM {database}.quarantine AS rejected
COMMENT 'Rows received but not accepted, with the rules they broke; their text is not shown'
