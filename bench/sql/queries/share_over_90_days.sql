SELECT timestamp, source, share, sources
FROM bi.source_share
WHERE symbol = 'BTC' AND interval = '1h' AND timestamp >= {ninety_days_before:DateTime('UTC')}
