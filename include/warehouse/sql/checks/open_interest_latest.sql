-- Sums over it count each symbol and source once, with its newest row.
SELECT '{bi}.open_interest_latest shows ' || symbol || ' ' || source || ' ' || toString(count()) || ' times, the newest of '
    || toString(max(timestamp)) || ' and ' || toString(min(age_seconds)) || ' s old, where the newest row is of '
    || ifNull(toString(max(newest)), 'none') || ': a symbol and source must have one row, the newest, and none from the '
    || 'future. Compare this machine''s clock with the vendor''s' AS sentence
FROM {bi}.open_interest_latest AS latest
LEFT JOIN
(
    SELECT symbol, source, toNullable(max(timestamp)) AS newest
    FROM {bi}.open_interest_latest_by_interval
    GROUP BY symbol, source
) AS by_interval USING (symbol, source)
GROUP BY symbol, source
HAVING count() > 1 OR min(age_seconds) < -300 OR max(timestamp) IS DISTINCT FROM max(newest)
ORDER BY symbol, source
LIMIT 5
