SELECT source, interval, timestamp, open_interest_usd, age_seconds
FROM bi.open_interest_latest
WHERE symbol = 'BTC'
