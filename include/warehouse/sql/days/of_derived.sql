-- The days of series whose derived stretches changed: those that have rows, then those that have none any more.
INSERT INTO {database}.open_interest_day_rows
SELECT *, now64(6, 'UTC')
FROM {database}.open_interest_days_computed
WHERE (source, interval, symbol, day) IN {changed:Array(Tuple(String, String, String, Date))};

INSERT INTO {database}.open_interest_day_rows (symbol, source, interval, day, computed_at)
SELECT symbol, source, interval, day, now64(6, 'UTC')
FROM {database}.open_interest_days
WHERE (source, interval, symbol, day) IN {changed:Array(Tuple(String, String, String, Date))}
    AND (source, interval, symbol, day) GLOBAL NOT IN
    (
        SELECT source, interval, symbol, day
        FROM {database}.open_interest_days_computed
        WHERE (source, interval, symbol, day) IN {changed:Array(Tuple(String, String, String, Date))}
    );
