SELECT source, interval, symbol, count() AS rows, uniqExact(timestamp_text) AS points
FROM {database}.quarantine
GROUP BY source, interval, symbol
ORDER BY source, interval, symbol
