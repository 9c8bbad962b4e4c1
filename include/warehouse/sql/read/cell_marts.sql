-- The marts that show the cell itself, or compute a day from it.
SELECT 'open_interest' AS mart, count() > 0 AS uses
FROM {bi}.open_interest
WHERE source = {source:String} AND interval = {interval:String} AND symbol = {symbol:String}
    AND timestamp = {at:DateTime('UTC')}
UNION ALL
SELECT 'open_interest_latest', count() > 0
FROM {bi}.open_interest_latest
WHERE source = {source:String} AND interval = {interval:String} AND symbol = {symbol:String}
    AND timestamp = {at:DateTime('UTC')}
UNION ALL
SELECT 'open_interest_daily', count() > 0
FROM {bi}.open_interest_daily
WHERE source = {source:String} AND interval = {interval:String} AND symbol = {symbol:String}
    AND day = toDate({at:DateTime('UTC')})
