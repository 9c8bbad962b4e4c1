-- The batch's values that differ from the answer known before by more than a share of it, largest first.
SELECT symbol, source, interval, timestamp, assumeNotNull(previous) AS before, open_interest AS after
FROM
(
    {open_interest/audit/answers.sql}
)
WHERE batch_id = {batch_id:String} AND previous IS NOT NULL
    AND abs(open_interest - previous) > {share:Float64} * abs(previous)
ORDER BY abs(open_interest - previous) / greatest(abs(previous), 1e-9) DESC, timestamp
LIMIT {most:UInt32}
