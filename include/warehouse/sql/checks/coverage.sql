-- The ledger counts a row as received only once it is published, so the warehouse may be ahead of it, never behind.
SELECT '{bi}.coverage: ' || toString(buckets) || ' buckets of ' || symbol || ' ' || source || ' ' || interval || ' between '
    || formatDateTime(first, '%Y-%m-%dT%H:%iZ') || ' and ' || formatDateTime(last, '%Y-%m-%dT%H:%iZ')
    || ' were received, and their rows are neither stored nor in quarantine. Run ./oi replay, which restores them from '
    || 'the landed pages' AS sentence
FROM {database}.lost_rows
ORDER BY symbol, source, interval
LIMIT 5
