SELECT '{bi}.restatements shows ' || symbol || ' ' || source || ' ' || interval || ' at ' || toString(timestamp)
    || ' with a change of ' || toString(change) || ' from ' || toString(previous_open_interest) || ' to '
    || toString(open_interest) || ', known from ' || toString(previous_known_at) || ' and ' || toString(known_at)
    || ': each must differ from the value before it, and be known later' AS sentence
FROM {bi}.restatements
WHERE timestamp >= now('UTC') - toIntervalDay(90)
    AND (known_at <= previous_known_at OR change != open_interest - previous_open_interest
        OR (change = 0 AND ifNull(open_interest_usd, -1) = ifNull(previous_open_interest_usd, -1)))
ORDER BY timestamp DESC, symbol, source, interval
LIMIT 5
