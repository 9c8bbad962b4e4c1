-- What a crash left is dropped, also an empty database that earlier versions made for marts. A copy of a table has its
-- columns, codecs, settings and comments.
DROP DATABASE IF EXISTS {shadow} SYNC;

DROP DATABASE IF EXISTS {shadow}_bi SYNC;

CREATE DATABASE {shadow};

CREATE TABLE {shadow}.open_interest_observations AS {database}.open_interest_observations;

CREATE TABLE {shadow}.open_interest_current AS {database}.open_interest_current;

CREATE TABLE {shadow}.quarantine_rows AS {database}.quarantine_rows;

CREATE TABLE {shadow}.dq_result_rows AS {database}.dq_result_rows;

CREATE TABLE {shadow}.open_interest_day_rows AS {database}.open_interest_day_rows;

CREATE TABLE {shadow}.replayed_pages
(
    page_path String,
    symbol    String,
    interval  String,
    known_at  DateTime64(3, 'UTC')
)
ENGINE = MergeTree
ORDER BY (symbol, interval, known_at);
