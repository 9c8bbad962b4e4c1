-- The ledger's copy has every page whose rows are stored, but those landed since it was read.
SELECT '{bi}.open_interest_trace has ' || toString(values) || ' values of ' || symbol || ' ' || source || ' ' || interval
    || ' known at ' || toString(known_at) || ', ' || toString(without_page) || ' of them without a page, and '
    || toString(currents) || ' current ones for ' || toString(cells) || ' buckets: each needs its page, and a bucket at '
    || 'most one current value. Run ./oi replay, which copies the ledger again' AS sentence
FROM
(
    SELECT
        symbol, source, interval, known_at, count() AS values, countIf(page_path IS NULL) AS without_page,
        countIf(current) AS currents, uniqExact(timestamp) AS cells
    FROM {bi}.open_interest_trace
    WHERE timestamp >= now('UTC') - toIntervalDay(7)
        AND known_at <= (SELECT max(received_at) FROM {database}.ledger_pages)
    GROUP BY symbol, source, interval, known_at
)
WHERE without_page > 0 OR currents > cells
ORDER BY known_at DESC, symbol, source, interval
LIMIT 5
