-- Grouped in the order of storage, which needs no table of all keys.
SELECT 'bi.open_interest shows ' || symbol || ' ' || source || ' ' || interval || ' at ' || toString(timestamp) || ' '
    || toString(count()) || ' times: a key must have one row. Look for a second base of the view, or a key outside the '
    || 'sorting order of its storage' AS sentence
FROM {bi}.open_interest
GROUP BY source, interval, symbol, timestamp
HAVING count() > 1
LIMIT 5
SETTINGS optimize_aggregation_in_order = 1
