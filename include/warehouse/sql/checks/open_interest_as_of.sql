SELECT '{bi}.open_interest_as_of has ' || toString(known.1) || ' rows of the last 7 days that add up to ' || toString(known.2)
    || ', as of the end of time, and {bi}.open_interest has ' || toString(bought.1) || ' bought ones that add up to '
    || toString(bought.2) || ': what is known last is what stands' AS sentence
FROM
(
    SELECT
        (
            SELECT (count(), sum(open_interest)) FROM {bi}.open_interest_as_of(moment = '2106-01-01 00:00:00')
            WHERE timestamp >= now('UTC') - toIntervalDay(7)
        ) AS known,
        (
            SELECT (count(), sum(open_interest)) FROM {bi}.open_interest
            WHERE NOT derived AND timestamp >= now('UTC') - toIntervalDay(7)
        ) AS bought
)
WHERE known.1 != bought.1 OR abs(known.2 - bought.2) > 1e-9 * bought.2
