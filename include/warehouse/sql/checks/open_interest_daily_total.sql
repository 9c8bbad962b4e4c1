-- Where a source's own day is whole and every source has one, the mean of the sums is the sum of the means.
SELECT 'bi.open_interest_daily_total has a mean of ' || toString(mean_usd) || ' USD for ' || symbol || ' on '
    || toString(day) || ', but the means of its sources add up to ' || toString(added_usd)
    || ': a source is counted twice or left out. Compare with bi.source_share' AS sentence
FROM {bi}.open_interest_daily_total AS total
INNER JOIN
(
    SELECT day, symbol, sum(mean_usd) AS added_usd, count() AS sources, min(interval) = max(interval) AS alike
    FROM {bi}.open_interest_daily
    WHERE day >= today() - 90 AND mean_usd IS NOT NULL
    GROUP BY day, symbol
    HAVING min(points = points_expected) AND alike
) AS parts USING (day, symbol, sources)
WHERE day >= today() - 90 AND points = points_expected AND abs(mean_usd - added_usd) > 1e-6 * added_usd
ORDER BY day DESC, symbol
LIMIT 5
