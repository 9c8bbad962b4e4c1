SELECT
    count() AS rows,
    uniqExact(source, interval, symbol, timestamp) AS keys,
    sum(toInt64(round(open_interest * 100))) AS hundredths
FROM market.open_interest
