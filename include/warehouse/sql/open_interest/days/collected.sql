-- The answers of each day, collected, from `answers`: each answer to each bucket, -1 in open_interest_usd where the source
-- gave no US dollars, which are never negative. Of a bucket's answers the bought one known last stands. A restatement is
-- an answer that differs from the one known before it, as in open_interest_history.
-- Filters on the key reach the storage through each step.
SELECT
    symbol, source, interval, toDate(timestamp) AS day,
    arraySort(groupArrayIf((second, open_interest, open_interest_usd, derived, known_at), stands)) AS rows,
    arrayFilter(usd -> usd >= 0, rows.3) AS given_usd,
    maxOrNullIf(timestamp, stands AND open_interest_usd >= 0) AS last_usd_at,
    arraySort(groupArrayIf((known_at, timestamp, previous, open_interest), changed)) AS changes,
    maxOrNullIf(abs(open_interest - previous) / previous, changed AND previous > 0) AS largest_restatement_ratio
FROM
(
    SELECT
        timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, derived,
        toUInt32(toUnixTimestamp(timestamp) % 86400) AS second,
        row_number() OVER later_first = 1 AS stands,
        leadInFrame(open_interest) OVER later_first AS previous,
        leadInFrame(open_interest_usd) OVER later_first AS previous_usd,
        -- After the first bought answer come only derived ones.
        leadInFrame(derived, 1, true) OVER later_first AS is_first,
        NOT is_first AND (previous != open_interest OR previous_usd != open_interest_usd) AS changed
    FROM answers
    WINDOW later_first AS
    (
        PARTITION BY source, interval, symbol, timestamp ORDER BY derived, known_at DESC
        ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING
    )
)
GROUP BY source, interval, symbol, day
