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
SELECT 'open_interest_latest_by_interval', count() > 0
FROM {bi}.open_interest_latest_by_interval
WHERE source = {source:String} AND interval = {interval:String} AND symbol = {symbol:String}
    AND timestamp = {at:DateTime('UTC')}
UNION ALL
SELECT 'open_interest_held', count() > 0
FROM {bi}.open_interest_held
WHERE source = {source:String} AND interval = {interval:String} AND symbol = {symbol:String}
    AND day = toDate({at:DateTime('UTC')}) AND timestamp = {at:DateTime('UTC')}
UNION ALL
SELECT 'open_interest_change', count() > 0
FROM {bi}.open_interest_change
WHERE source = {source:String} AND interval = {interval:String} AND symbol = {symbol:String}
    AND timestamp = {at:DateTime('UTC')}
UNION ALL
SELECT 'open_interest_daily', count() > 0
FROM {bi}.open_interest_daily
WHERE source = {source:String} AND interval = {interval:String} AND symbol = {symbol:String}
    AND day = toDate({at:DateTime('UTC')})
UNION ALL
SELECT 'open_interest_daily_total', count() > 0
FROM {bi}.open_interest_daily_total
WHERE symbol = {symbol:String} AND day = toDate({at:DateTime('UTC')}) AND interval = {interval:String}
    AND has(source_names, {source:String})
UNION ALL
SELECT 'open_interest_now', count() > 0
FROM {bi}.open_interest_now
WHERE symbol = {symbol:String} AND source = {source:String} AND interval = {interval:String}
    AND as_of = {at:DateTime('UTC')}
UNION ALL
SELECT 'source_share', count() > 0
FROM {bi}.source_share
WHERE source = {source:String} AND interval = {interval:String} AND symbol = {symbol:String}
    AND day = toDate({at:DateTime('UTC')}) AND timestamp = {at:DateTime('UTC')}
UNION ALL
SELECT 'restatements', count() > 0
FROM {bi}.restatements
WHERE source = {source:String} AND interval = {interval:String} AND symbol = {symbol:String}
    AND timestamp = {at:DateTime('UTC')}
