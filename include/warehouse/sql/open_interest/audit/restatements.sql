-- The batch's values that differ from the answer known before by more than a share of it, largest first. Bounded like
-- changes.sql.
SELECT symbol, source, interval, timestamp, assumeNotNull(previous) AS before, open_interest AS after
FROM
(
    SELECT
        symbol, source, interval, timestamp, batch_id, open_interest,
        lagInFrame(toNullable(open_interest)) OVER answers AS previous
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
WHERE batch_id = {batch_id:String} AND previous IS NOT NULL
    AND abs(open_interest - previous) > {share:Float64} * abs(previous)
ORDER BY abs(open_interest - previous) / greatest(abs(previous), 1e-9) DESC, timestamp
LIMIT {most:UInt32}
