-- The days that a batch has rows of, where none of its series is derived or derived from. A series is looked up by a hash of
-- its names, for a sixth of the time of the whole; if another one has the same, its day is computed again and is the same.
INSERT INTO {database}.open_interest_day_rows
SELECT *, fromUnixTimestamp64Micro({read_from:Int64}, 'UTC')
FROM
(
    WITH answers AS
    (
        SELECT
            timestamp, symbol, source, interval, open_interest, ifNull(open_interest_usd, -1) AS open_interest_usd, known_at,
            false AS derived
        FROM {database}.open_interest_observations FINAL
        WHERE source IN {sources:Array(String)} AND interval IN {intervals:Array(String)}
            AND symbol IN {symbols:Array(String)}
            AND toDate(timestamp) BETWEEN toDate(fromUnixTimestamp({first:UInt32}), 'UTC')
                AND toDate(fromUnixTimestamp({last:UInt32}), 'UTC')
            AND (cityHash64(source, interval, symbol), toDate(timestamp)) GLOBAL IN
        (
            SELECT cityHash64(source, interval, symbol), toDate(timestamp)
            FROM {database}.open_interest_observations
            WHERE source IN {sources:Array(String)} AND interval IN {intervals:Array(String)}
                AND symbol IN {symbols:Array(String)}
                AND timestamp BETWEEN fromUnixTimestamp({first:UInt32}) AND fromUnixTimestamp({last:UInt32})
                AND batch_id = {batch_id:String}
        )
    ),
    collected AS
    (
        {open_interest/days/collected.sql}
    )
    {open_interest/days/figures.sql}
)
