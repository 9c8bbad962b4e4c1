-- A table of all keys, which goes to disk once it is large.
SELECT '{bi}.open_interest shows ' || symbol || ' ' || source || ' ' || interval || ' at ' || toString(timestamp) || ' '
    || toString(count()) || ' times: a key must have one row. Look for a second base of the view, or a key outside the '
    || 'sorting order of its storage' AS sentence
FROM {bi}.open_interest
GROUP BY source, interval, symbol, timestamp
HAVING count() > 1
LIMIT 5
SETTINGS max_bytes_before_external_group_by = 1000000000
