SELECT open_interest, open_interest_usd, known_at, batch_id
FROM {database}.open_interest_history
WHERE source = {source:String} AND interval = {interval:String} AND symbol = {symbol:String}
    AND timestamp = {at:DateTime('UTC')}
ORDER BY known_at
