SELECT '{bi}.gaps has ' || toString(in_gaps) || ' missing buckets of ' || symbol || ' ' || source || ' ' || interval
    || ', and {bi}.coverage counts ' || toString(counted) || ': both must be equal' AS sentence
FROM
(
    SELECT symbol, source, interval, sum(of_gaps) AS in_gaps, sum(of_coverage) AS counted
    FROM
    (
        SELECT symbol, source, interval, sum(buckets) AS of_gaps, 0 AS of_coverage
        FROM {bi}.gaps
        GROUP BY symbol, source, interval
        UNION ALL
        SELECT symbol, source, interval, 0 AS of_gaps, sum(missing) AS of_coverage
        FROM {bi}.coverage
        GROUP BY symbol, source, interval
    )
    GROUP BY symbol, source, interval
)
WHERE in_gaps != counted
ORDER BY symbol, source, interval
LIMIT 5
