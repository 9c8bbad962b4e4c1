SELECT '{bi}.source_share of ' || symbol || ' ' || interval || ' at ' || toString(timestamp) || ' adds up to '
    || toString(sum(share)) || ' over ' || toString(count()) || ' sources: it must be 1' AS sentence
FROM {bi}.source_share
WHERE timestamp >= now('UTC') - toIntervalDay(90)
GROUP BY symbol, interval, timestamp
HAVING abs(sum(share) - 1) > 1e-9
ORDER BY timestamp DESC, symbol, interval
LIMIT 5
