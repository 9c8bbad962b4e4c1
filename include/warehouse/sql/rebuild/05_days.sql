-- All days are computed from the rebuilt rows. A batch published meanwhile stores its days in the table that is replaced:
-- those come over, and of each day the one computed last stands.
CREATE TABLE {shadow}.fill_begins ENGINE = MergeTree ORDER BY at AS SELECT now64(6, 'UTC') AS at;

INSERT INTO {shadow}.open_interest_day_rows
SELECT *, now64(6, 'UTC')
FROM {database}.open_interest_days_computed
SETTINGS max_bytes_before_external_group_by = 1000000000;

EXCHANGE TABLES {database}.open_interest_day_rows AND {shadow}.open_interest_day_rows;

INSERT INTO {database}.open_interest_day_rows
SELECT * FROM {shadow}.open_interest_day_rows
WHERE computed_at >= (SELECT at FROM {shadow}.fill_begins);
