-- The figures of each day, from `collected`: its rows in order, and its restatements.
-- The engine takes time to plan each lambda, view and repeated expression: there are few.
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
FROM collected
