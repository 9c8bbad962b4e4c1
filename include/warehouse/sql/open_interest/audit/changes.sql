-- What each row of the batch is to the answer known before it. Bounded by partition, symbol and time: an unbounded
-- look-up would read the whole table. open_interest_usd is never negative, so -1 can stand for NULL.
SELECT
    count() AS found,
    countIf(previous IS NULL) AS new,
    countIf(previous != open_interest
            OR previous IS NOT NULL AND ifNull(previous_usd, -1) != ifNull(open_interest_usd, -1)) AS changed
FROM
(
    SELECT
        batch_id, open_interest, open_interest_usd,
        lagInFrame(toNullable(open_interest)) OVER answers AS previous,
        lagInFrame(open_interest_usd) OVER answers AS previous_usd
    FROM {database}.open_interest_observations FINAL
    WHERE (source, interval) IN {partitions:Array(Tuple(String, String))}
        AND symbol IN {symbols:Array(String)}
        AND timestamp BETWEEN fromUnixTimestamp({first:UInt32}) AND fromUnixTimestamp({last:UInt32})
    WINDOW answers AS
    (
        PARTITION BY source, interval, symbol, timestamp ORDER BY known_at
        ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
    )
)
WHERE batch_id = {batch_id:String}
