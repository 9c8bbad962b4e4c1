-- The days that a batch has rows of, where no other batch has rows on them, the batch has one answer to each bucket, and
-- none of its series is derived or derived from. So each row stands, and none is a restatement: nothing is compared, which
-- takes half the time of of_batch.sql. FINAL is for a copy of the batch that comes in between.
INSERT INTO {database}.open_interest_day_rows
SELECT *, fromUnixTimestamp64Micro({read_from:Int64}, 'UTC')
FROM
(
    WITH collected AS
    (
        SELECT
            symbol, source, interval, toDate(timestamp) AS day,
            arraySort(groupArray((
                toUInt32(toUnixTimestamp(timestamp) % 86400), open_interest, ifNull(open_interest_usd, -1), false, known_at
            ))) AS rows,
            arrayFilter(usd -> usd >= 0, rows.3) AS given_usd,
            maxOrNullIf(timestamp, open_interest_usd >= 0) AS last_usd_at,
            CAST([], 'Array(Tuple(DateTime64(3, ''UTC''), DateTime(''UTC''), Float64, Float64))') AS changes,
            CAST(NULL, 'Nullable(Float64)') AS largest_restatement_ratio
        FROM {database}.open_interest_observations FINAL
        WHERE source IN {sources:Array(String)} AND interval IN {intervals:Array(String)}
            AND symbol IN {symbols:Array(String)}
            AND timestamp BETWEEN fromUnixTimestamp({first:UInt32}) AND fromUnixTimestamp({last:UInt32})
            AND batch_id = {batch_id:String}
        GROUP BY source, interval, symbol, day
    )
    {open_interest/days/figures.sql}
)
