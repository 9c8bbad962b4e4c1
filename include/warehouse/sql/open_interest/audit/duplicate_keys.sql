SELECT symbol, source, interval, timestamp, known_at, count() AS copies
FROM {database}.{stage}_observations
GROUP BY symbol, source, interval, timestamp, known_at
HAVING copies > 1
ORDER BY source, interval, symbol, timestamp
LIMIT 3
