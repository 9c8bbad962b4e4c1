-- Sums of floats differ in the last digits, hence the margin around the mean. The mart is read once for all that its rows
-- can show, since to plan it takes longer than to read it. Then what is stored of each day is compared with what its answers
-- give now, and its rows with those that are shown.
SELECT '{bi}.open_interest_daily ' || multiIf(
    wrong = 'figures',
    'has ' || toString(observations) || ' of ' || toString(observations_expected) || ' observations and low '
        || toString(low) || ', open ' || toString(open) || ', mean ' || toString(mean) || ', close ' || toString(close)
        || ', high ' || toString(high) || ', previous close ' || ifNull(toString(prev_close), 'none') || ', change '
        || ifNull(toString(change), 'none') || ' for ' || symbol || ' ' || source || ' on ' || toString(day)
        || ': open, mean and close must lie between low and high, change is from close to close, and no day has more '
        || 'observations than its interval allows. Look for rows off the grid of ' || interval,
    wrong = 'interval',
    'shows ' || symbol || ' ' || source || ' on ' || toString(day) || ' by ' || toString(observations)
        || ' observations of ' || interval || ' that close at ' || toString(close) || ' and '
        || ifNull(toString(close_usd), 'no') || ' USD; the rows of that interval are ' || toString(rows) || ' and end with '
        || toString(last_row.1) || ' and ' || ifNull(toString(last_row.2), 'no')
        || ' USD, and the most complete interval covers ' || toString(most_seconds)
        || ' s: the day must be that of the most complete one, and both closes of its last row',
    'has ' || ifNull(toString(prev_close), 'no') || ' as the previous close of ' || symbol || ' ' || source || ' on '
        || toString(day) || ', and the day before closes at ' || ifNull(toString(closed), 'none') || ': both must be equal'
    ) AS sentence
FROM
(
    SELECT
        *,
        arrayJoin(arrayConcat(
            if(observations > observations_expected OR least(open, close) < low OR greatest(open, close) > high
                OR mean < low - 1e-9 * abs(low) OR mean > high + 1e-9 * abs(high)
                OR (prev_close IS NOT NULL AND change IS DISTINCT FROM close - prev_close)
                OR (close_usd IS NOT NULL AND close > 0 AND abs(implied_price * close - close_usd) > 1e-9 * close_usd),
                ['figures'], []),
            if(rows > 0 AND (observations != rows OR observations * intDiv(86400, observations_expected) < most_seconds
                OR close != last_row.1 OR close_usd IS DISTINCT FROM last_row.2),
                ['interval'], []),
            if(prev_close IS DISTINCT FROM closed, ['previous close'], []))) AS wrong
    FROM
    (
        SELECT
            day, symbol, source, interval, observations, observations_expected, open, high, low, close, mean, prev_close,
            change, close_usd, implied_price,
            max(toNullable(close)) OVER (
                PARTITION BY symbol, source ORDER BY day RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING) AS closed
        FROM {bi}.open_interest_daily
        WHERE day >= today() - 91
    ) AS shown
    LEFT JOIN
    (
        SELECT
            toDate(timestamp) AS day, symbol, source, interval, count() AS rows,
            argMax((open_interest, open_interest_usd), timestamp) AS last_row,
            max(rows * any(step_seconds)) OVER (PARTITION BY day, symbol, source) AS most_seconds
        FROM {bi}.open_interest
        WHERE timestamp >= toDateTime(today() - 90, 'UTC')
        GROUP BY day, symbol, source, interval
    ) AS by_interval USING (day, symbol, source, interval)
    WHERE day >= today() - 90
)
ORDER BY wrong, day DESC, symbol, source
LIMIT 5 BY wrong
UNION ALL
SELECT '{bi}.open_interest_daily is computed from a stored ' || interval || ' day of ' || symbol || ' ' || source || ' on '
    || toString(day) || ' that is not what the rows of that day give now. Run ./oi replay, which computes all days again'
    AS sentence
FROM
(
    SELECT
        symbol, source, interval, day, cityHash64(tuple(*)) AS figures,
        cityHash64(seconds, open_interest, open_interest_usd, derived) AS rows
    FROM {database}.open_interest_days
    WHERE day >= today() - 90
    UNION ALL
    SELECT
        symbol, source, interval, day, cityHash64(tuple(*)) AS figures,
        cityHash64(seconds, open_interest, open_interest_usd, derived) AS rows
    FROM {database}.open_interest_days_computed
    WHERE day >= today() - 90
    UNION ALL
    SELECT symbol, source, interval, day, NULL AS figures, cityHash64(shown.1, shown.2, shown.3, shown.4) AS rows
    FROM
    (
        SELECT
            symbol, source, interval, toDate(timestamp) AS day,
            arraySort(groupArray((
                toUInt32(toUnixTimestamp(timestamp) % 86400), open_interest, ifNull(open_interest_usd, -1), derived))) AS shown
        FROM {bi}.open_interest
        WHERE timestamp >= toDateTime(today() - 90, 'UTC')
        GROUP BY symbol, source, interval, day
    )
)
GROUP BY symbol, source, interval, day
HAVING count() != 3 OR uniqExact(figures) != 1 OR uniqExact(rows) != 1
ORDER BY day DESC, symbol, source, interval
LIMIT 5
