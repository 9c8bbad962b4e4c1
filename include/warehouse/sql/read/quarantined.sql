SELECT source, interval, symbol, count() AS rows
FROM {database}.quarantine
GROUP BY source, interval, symbol
ORDER BY source, interval, symbol
