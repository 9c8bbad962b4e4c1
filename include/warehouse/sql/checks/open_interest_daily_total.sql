-- Each source of the set has a value at every moment of the day's sum, so no sum lies beyond the sums of the sources' own
-- lows and highs, where these are of the same interval. From day to day the same set gives close and previous close.
SELECT '{bi}.open_interest_daily_total has ' || toString(low_usd) || ' to ' || toString(high_usd) || ' USD for ' || symbol
    || ' on ' || toString(day) || ' over ' || arrayStringConcat(source_names, ', ') || ', whose own days add up to '
    || toString(lows) || ' to ' || toString(highs) || ', and a previous close of '
    || ifNull(toString(prev_close_usd), 'none') || ' where the day before closed at ' || ifNull(toString(closed), 'none')
    || ': a source is counted twice or left out. Compare with {bi}.source_share' AS sentence
FROM
(
    SELECT
        *,
        max(toNullable(close_usd)) OVER (
            PARTITION BY symbol, source_names ORDER BY day RANGE BETWEEN 1 PRECEDING AND 1 PRECEDING) AS closed
    FROM {bi}.open_interest_daily_total
    WHERE day >= today() - 91
) AS total
LEFT JOIN
(
    SELECT
        day AS own_day, symbol AS own_symbol, interval AS own_interval, sum(low_usd) AS lows, sum(high_usd) AS highs, arraySort(groupArray(toString(source))) AS names
    FROM {bi}.open_interest_daily
    WHERE day >= today() - 90 AND low_usd IS NOT NULL
    GROUP BY day, symbol, interval
) AS parts ON day = own_day AND symbol = own_symbol AND interval = own_interval AND source_names = names
WHERE day >= today() - 90
    AND ((notEmpty(names) AND (low_usd < lows - 1e-9 * abs(lows) OR high_usd > highs + 1e-9 * abs(highs)))
        OR (closed IS NOT NULL AND NOT ifNull(abs(prev_close_usd - closed) <= 1e-9 * abs(closed), false))
        OR source_count != length(source_names) OR observations > observations_expected)
ORDER BY day DESC, symbol
LIMIT 5
