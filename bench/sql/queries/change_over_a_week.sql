SELECT timestamp, source, open_interest_usd, change_1h_ratio, change_24h_ratio, change_7d_ratio
FROM bi.open_interest_change
WHERE symbol = 'BTC' AND interval = '1h' AND timestamp >= {a_week_before:DateTime('UTC')}
