SELECT '{bi}.restatements_daily counts ' || toString(counted) || ' changes of ' || symbol || ' ' || source || ' ' || interval
    || ' on ' || toString(day) || ', and {bi}.restatements lists ' || toString(listed)
    || ': both must be equal. Run ./oi replay, which computes all days again' AS sentence
FROM
(
    SELECT day, symbol, source, interval, sum(of_days) AS counted, sum(of_list) AS listed
    FROM
    (
        SELECT day, symbol, source, interval, restatements AS of_days, 0 AS of_list
        FROM {bi}.restatements_daily
        WHERE day >= today() - 90
        UNION ALL
        SELECT toDate(timestamp) AS day, symbol, source, interval, 0 AS of_days, 1 AS of_list
        FROM {bi}.restatements
        WHERE timestamp >= toDateTime(today() - 90, 'UTC')
    )
    GROUP BY day, symbol, source, interval
)
WHERE counted != listed
ORDER BY day DESC, symbol, source, interval
LIMIT 5
