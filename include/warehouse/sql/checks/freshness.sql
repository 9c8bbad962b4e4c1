SELECT '{bi}.freshness does not name ' || symbol || ' ' || source || ' ' || interval || ', whose newest row is of '
    || toString(timestamp) || ', or gives it another time: it must agree with {bi}.open_interest_latest' AS sentence
FROM {bi}.open_interest_latest AS latest
WHERE (symbol, source, interval, timestamp) NOT IN
    (SELECT symbol, source, interval, assumeNotNull(newest) FROM {bi}.freshness WHERE newest IS NOT NULL)
ORDER BY symbol, source, interval
LIMIT 5
