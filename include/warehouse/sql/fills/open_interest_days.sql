-- Every day with its figures; a large state of the grouping goes to disk.
INSERT INTO {database}.open_interest_day_rows
SELECT *, now64(6, 'UTC')
FROM {database}.open_interest_days_computed
SETTINGS max_bytes_before_external_group_by = 1000000000
