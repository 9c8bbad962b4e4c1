SELECT '{bi}.open_interest_held has ' || toString(rows) || ' rows of ' || symbol || ' ' || source || ' ' || interval
    || ' of the last 3 days at moments with a row, which add up to ' || toString(total)
    || ', and {bi}.open_interest has ' || toString(rows_before) || ' rows, ' || toString(total_before)
    || ': what is not held must be the row itself' AS sentence
FROM
(
    SELECT
        symbol, source, interval, countIf(of_held) AS rows, sumIf(value, of_held) AS total,
        countIf(NOT of_held) AS rows_before, sumIf(value, NOT of_held) AS total_before
    FROM
    (
        SELECT symbol, source, interval, assumeNotNull(open_interest) AS value, true AS of_held
        FROM {bi}.open_interest_held
        WHERE day >= today() - 3 AND NOT held
        UNION ALL
        SELECT symbol, source, interval, open_interest AS value, false AS of_held
        FROM {bi}.open_interest
        WHERE timestamp >= toDateTime(today() - 3, 'UTC')
    )
    GROUP BY symbol, source, interval
)
WHERE rows != rows_before OR abs(total - total_before) > 1e-9 * total_before
ORDER BY symbol, source, interval
LIMIT 5
