SELECT count()
FROM {database}.open_interest_derived
WHERE source = {source:String} AND interval = {interval:String} AND symbol = {symbol:String}
    AND timestamp = {at:DateTime('UTC')}
