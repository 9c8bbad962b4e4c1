SELECT source, interval, symbol, count() AS rows, min(timestamp) AS first, max(timestamp) AS last
FROM {database}.open_interest
GROUP BY source, interval, symbol
ORDER BY source, interval, symbol
