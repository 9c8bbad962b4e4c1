-- Derived rows are known only as of now: a day that has some has more observations there, or another interval.
SELECT '{bi}.open_interest_daily_as_of opens ' || symbol || ' ' || source || ' on ' || toString(day) || ' at '
    || toString(known.open) || ' and closes it at ' || toString(known.close) || ', as of the end of time, and '
    || '{bi}.open_interest_daily says ' || toString(now_open) || ' and ' || toString(now_close)
    || ': over the same rows both must agree' AS sentence
FROM
(
    SELECT day, symbol, source, interval, observations, open, close
    FROM {bi}.open_interest_daily_as_of(moment = '2106-01-01 00:00:00')
    WHERE day >= today() - 7
) AS known
LEFT JOIN
(
    SELECT
        day, symbol, source, interval AS now_interval, observations AS now_observations, open AS now_open,
        close AS now_close
    FROM {bi}.open_interest_daily
    WHERE day >= today() - 7
) AS current USING (day, symbol, source)
WHERE now_observations = 0
    OR (interval = now_interval AND observations = now_observations AND (open, close) != (now_open, now_close))
ORDER BY day DESC, symbol, source
LIMIT 5
