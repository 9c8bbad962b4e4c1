-- Keys that came more than once, and how many rows there are beyond one of each key.
SELECT symbol, source, interval, timestamp, known_at, copies, sum(copies - 1) OVER () AS surplus
FROM
(
    SELECT symbol, source, interval, timestamp, known_at, count() AS copies
    FROM {database}.{stage}_observations
    GROUP BY symbol, source, interval, timestamp, known_at
    HAVING copies > 1
)
ORDER BY source, interval, symbol, timestamp
LIMIT 3
