-- The figures of each day, from `answers`: each answer to each bucket, -1 in open_interest_usd where the source gave no
-- US dollars, which are never negative. Of a bucket's answers the bought one known last stands. A restatement is an answer
-- that differs from the one known before it, as in open_interest_history.
-- Filters on the key reach the storage through each step. The engine takes time to plan each lambda, view and repeated
-- expression: there are few.
SELECT
    symbol, source, interval, day,
    toUInt32(transform(toString(interval), ['5m', '15m', '1h', '4h', '1d'], [300, 900, 3600, 14400, 86400], 0))
        AS step_seconds,
    toUInt32(length(seconds)) AS observations, toDateTime(day, 'UTC') + seconds[-1] AS close_at,
    open_interest[1] AS open, arrayMax(open_interest) AS high, arrayMin(open_interest) AS low, open_interest[-1] AS close,
    arrayAvg(open_interest) AS mean,
    nullIf(open_interest_usd[1], -1) AS open_usd, nullIf(arrayMax(open_interest_usd), -1) AS high_usd,
    if(usd_observations = 0, NULL, arrayMin(given_usd)) AS low_usd, nullIf(open_interest_usd[-1], -1) AS close_usd,
    if(usd_observations = 0, NULL, arrayAvg(given_usd)) AS mean_usd,
    rows.1 AS seconds, rows.2 AS open_interest, rows.3 AS open_interest_usd, rows.4 AS derived, rows[-1].5 AS known_at,
    toUInt32(arrayCount(derived)) AS derived_observations,
    toUInt32(length(given_usd)) AS usd_observations,
    last_usd_at, if(usd_observations = 0, NULL, given_usd[-1]) AS last_usd,
    toUInt32(length(changes)) AS restatements, largest_restatement_ratio, arraySlice(changes, -1) AS newest_restatement
FROM
(
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
)
