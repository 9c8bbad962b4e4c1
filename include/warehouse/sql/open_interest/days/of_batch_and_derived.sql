-- The days that a batch has rows of, and those of the coarse intervals that may be derived from its 5m rows.
INSERT INTO {database}.open_interest_day_rows
SELECT *, fromUnixTimestamp64Micro({read_from:Int64}, 'UTC')
FROM {database}.open_interest_days_computed
WHERE symbol IN {symbols:Array(String)}
    AND day BETWEEN toDate(fromUnixTimestamp({first:UInt32}), 'UTC') AND toDate(fromUnixTimestamp({last:UInt32}), 'UTC')
    AND (source, interval, symbol, day) GLOBAL IN
    (
        SELECT DISTINCT
            source, arrayJoin(if(interval = '5m', ['5m', '15m', '1h', '4h', '1d'], [toString(interval)])),
            symbol, toDate(timestamp)
        FROM {database}.open_interest_observations
        WHERE source IN {sources:Array(String)} AND interval IN {intervals:Array(String)}
            AND symbol IN {symbols:Array(String)}
            AND timestamp BETWEEN fromUnixTimestamp({first:UInt32}) AND fromUnixTimestamp({last:UInt32})
            AND batch_id = {batch_id:String}
    )
