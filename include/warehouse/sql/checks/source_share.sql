SELECT '{bi}.source_share of ' || symbol || ' ' || interval || ' at ' || toString(timestamp) || ' adds up to '
    || toString(sum(share)) || ' over ' || toString(count()) || ' sources: it must be 1' AS sentence
FROM {bi}.source_share
WHERE timestamp >= now('UTC') - toIntervalDay(90)
GROUP BY symbol, interval, timestamp
HAVING abs(sum(share) - 1) > 1e-9
ORDER BY timestamp DESC, symbol, interval
LIMIT 5
UNION ALL
SELECT '{bi}.source_share calls ' || symbol || ' ' || interval || ' at ' || toString(timestamp)
    || if(complete, ' complete', ' incomplete') || ' with ' || toString(found) || ' of ' || toString(expected)
    || ' sources: it must be complete where it holds each source with US dollars in the 7 days before, or later' AS sentence
FROM
(
    SELECT
        symbol, interval, timestamp, max(shares.complete) AS complete, count() AS found,
        arrayCount(last -> timestamp <= last + toIntervalDay(7), any(lasts)) AS expected
    FROM {bi}.source_share AS shares
    INNER JOIN
    (
        SELECT symbol, groupArray(last) AS lasts
        FROM
        (
            SELECT symbol, source, max(timestamp) AS last
            FROM {bi}.open_interest
            WHERE open_interest_usd IS NOT NULL AND timestamp >= now('UTC') - toIntervalDay(14)
            GROUP BY symbol, source
        )
        GROUP BY symbol
    ) AS of_symbol USING (symbol)
    WHERE day >= today() - 7
    GROUP BY symbol, interval, timestamp
)
WHERE complete != (found >= expected)
ORDER BY timestamp DESC, symbol, interval
LIMIT 5
