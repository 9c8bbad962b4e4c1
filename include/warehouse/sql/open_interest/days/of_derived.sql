-- The days of series whose derived stretches changed: those that have rows, then those that have none any more. A
-- derived row is read off a 5m row, so only days that are stored of the symbol can have one.
INSERT INTO {database}.open_interest_day_rows
SELECT *, now64(6, 'UTC')
FROM {database}.open_interest_days_computed
WHERE symbol IN {symbols:Array(String)} AND day BETWEEN {first:Date} AND {last:Date}
    AND (source, interval, symbol, day) GLOBAL IN
    (
        SELECT source, changed.interval, symbol, day
        FROM {database}.open_interest_days AS stored
        GLOBAL INNER JOIN
        (
            SELECT one.1 AS source, one.2 AS interval, one.3 AS symbol, one.4 AS first_day, one.5 AS last_day
            FROM (SELECT arrayJoin({changed:Array(Tuple(String, String, String, Date, Date))}) AS one)
        ) AS changed USING (source, symbol)
        WHERE symbol IN {symbols:Array(String)} AND day BETWEEN {first:Date} AND {last:Date}
            AND day BETWEEN first_day AND last_day
    );

INSERT INTO {database}.open_interest_day_rows (symbol, source, interval, day, computed_at)
SELECT symbol, source, stored.interval, day, now64(6, 'UTC')
FROM {database}.open_interest_days AS stored
GLOBAL INNER JOIN
(
    SELECT one.1 AS source, one.2 AS interval, one.3 AS symbol, one.4 AS first_day, one.5 AS last_day
    FROM (SELECT arrayJoin({changed:Array(Tuple(String, String, String, Date, Date))}) AS one)
) AS changed USING (source, interval, symbol)
WHERE symbol IN {symbols:Array(String)} AND day BETWEEN {first:Date} AND {last:Date}
    AND day BETWEEN first_day AND last_day
    AND (source, interval, symbol, day) GLOBAL NOT IN
    (
        SELECT source, interval, symbol, day
        FROM {database}.open_interest_days_computed
        WHERE symbol IN {symbols:Array(String)} AND day BETWEEN {first:Date} AND {last:Date}
    );
