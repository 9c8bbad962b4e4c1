-- The days that a batch has rows of. Where a day has new 5m rows, derived rows of its other intervals may be new too.
INSERT INTO {database}.open_interest_day_rows
SELECT *, now64(6, 'UTC')
FROM {database}.open_interest_days_computed
WHERE symbol IN {symbols:Array(String)}
    AND day BETWEEN toDate(fromUnixTimestamp({first:UInt32}), 'UTC') AND toDate(fromUnixTimestamp({last:UInt32}), 'UTC')
    AND (source, interval, symbol, day) GLOBAL IN
    (
        SELECT DISTINCT
            source,
            arrayJoin(if(
                interval = '5m' AND (SELECT count() FROM {database}.ledger_derived) > 0,
                ['5m', '15m', '1h', '4h', '1d'], [toString(interval)])),
            symbol, toDate(timestamp)
        FROM {database}.open_interest_observations
        WHERE source IN {sources:Array(String)} AND interval IN {intervals:Array(String)}
            AND symbol IN {symbols:Array(String)}
            AND timestamp BETWEEN fromUnixTimestamp({first:UInt32}) AND fromUnixTimestamp({last:UInt32})
            AND batch_id = {batch_id:String}
    )
