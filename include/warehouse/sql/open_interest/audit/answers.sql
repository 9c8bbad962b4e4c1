-- Each answer beside the one known before it. Bounded by partition, symbol and time: an unbounded look-up would read the
-- whole table. Two conditions of one column take half the time of one of both.
SELECT
    symbol, source, interval, timestamp, batch_id, open_interest, open_interest_usd,
    lagInFrame(toNullable(open_interest)) OVER answers AS previous,
    lagInFrame(open_interest_usd) OVER answers AS previous_usd
FROM {database}.open_interest_observations FINAL
WHERE source IN {sources:Array(String)} AND interval IN {intervals:Array(String)}
    AND symbol IN {symbols:Array(String)}
    AND timestamp BETWEEN fromUnixTimestamp({first:UInt32}) AND fromUnixTimestamp({last:UInt32})
WINDOW answers AS
(
    PARTITION BY source, interval, symbol, timestamp ORDER BY known_at
    ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
)
