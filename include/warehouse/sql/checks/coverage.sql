-- The ledger claims a row only once it was published, so rows may be ahead of it, never behind. Rejected rows count as
-- received, each of their timestamps once. They are counted by series: not each of them can be read.
SELECT 'bi.coverage: the ledger has received ' || toString(sum(received)) || ' buckets of ' || symbol || ' ' || source
    || ' ' || interval || ', but ' || toString(sum(received) - sum(not_stored)) || ' rows are stored and '
    || toString(any(rejected)) || ' rejected: rows are lost. Run ./oi replay, which makes them anew from the landed pages'
    AS sentence
FROM {bi}.coverage AS told
LEFT JOIN
(
    SELECT symbol, source, interval, uniqExact(timestamp_text) AS rejected
    FROM {database}.quarantine
    GROUP BY symbol, source, interval
) AS quarantined USING (symbol, source, interval)
GROUP BY symbol, source, interval
HAVING sum(not_stored) > any(rejected)
ORDER BY symbol, source, interval
LIMIT 5
