CREATE TABLE {database}.replayed_pages
(
    page_path String,
    symbol    String,
    interval  String,
    known_at  DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (symbol, interval, known_at);
