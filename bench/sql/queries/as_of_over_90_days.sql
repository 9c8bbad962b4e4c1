SELECT timestamp, source, open_interest_usd
FROM bi.open_interest_as_of(moment = {moment:DateTime('UTC')})
WHERE symbol = 'BTC' AND interval = '1h' AND timestamp >= {ninety_days_before:DateTime('UTC')}
