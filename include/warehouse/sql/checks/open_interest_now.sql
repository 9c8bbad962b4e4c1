-- Sums of floats differ in the last digits, hence the margin. The mart is read once for both: to plan it takes longest.
SELECT found.2 AS sentence
FROM
(
    SELECT
        symbol, countIf(source = 'all') AS lines_of_all, sumIf(ifNull(open_interest_usd, 0), source = 'all') AS all_usd,
        sumIf(ifNull(open_interest_usd, 0), source != 'all' AND NOT stale) AS added_usd,
        sumIf(ifNull(share, 0), source != 'all') AS shares,
        groupArrayIf(
            (source, as_of, change_24h, before, open_interest),
            source != 'all' AND age_seconds < 259200 AND NOT ifNull(
                abs(change_24h - (open_interest - before)) <= 1e-9 * open_interest, change_24h IS NULL AND before IS NULL)
            ) AS wrong_changes,
        arrayJoin(arrayConcat(
            if(lines_of_all != 1 OR abs(all_usd - added_usd) > 1e-9 * added_usd OR (added_usd > 0 AND abs(shares - 1) > 1e-9),
                [('', '{bi}.open_interest_now shows ' || symbol || ' all as ' || toString(all_usd) || ' USD in '
                    || toString(lines_of_all) || ' rows, and its fresh sources add up to ' || toString(added_usd)
                    || ' USD with shares of ' || toString(shares) || ': there must be one row, the sum, and shares of 1. '
                    || 'Compare with {bi}.open_interest_latest')],
                []),
            arrayMap(
                one -> (toString(one.1), '{bi}.open_interest_now shows ' || symbol || ' ' || one.1 || ' at '
                    || toString(one.2) || ' with a change of ' || ifNull(toString(one.3), 'none') || ' in 24 hours from '
                    || ifNull(toString(one.4), 'none') || ' to ' || ifNull(toString(one.5), 'none')
                    || ': it must be the difference from the row exactly 24 hours before, and none without one'),
                wrong_changes))) AS found
    FROM {bi}.open_interest_now AS shown
    LEFT JOIN
    (
        SELECT symbol, source, interval, timestamp + toIntervalDay(1) AS as_of, toNullable(open_interest) AS before
        FROM {bi}.open_interest
        WHERE timestamp >= now('UTC') - toIntervalDay(4)
    ) AS a_day_before USING (symbol, source, interval, as_of)
    GROUP BY symbol
)
ORDER BY notEmpty(found.1), symbol, found.1
LIMIT 5 BY notEmpty(found.1)
