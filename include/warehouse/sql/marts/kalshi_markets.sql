CREATE OR REPLACE VIEW {bi}.kalshi_markets
(
    symbol            LowCardinality(String)         COMMENT 'The market',
    title             Nullable(String)               COMMENT 'What the vendor calls it; NULL where it gives no name',
    status            LowCardinality(String)         COMMENT 'listed; inactive: no rows for too long; gone: no longer listed; unknown: never seen in a list',
    first_listed_at   Nullable(DateTime64(3, 'UTC')) COMMENT 'The first list that had it, UTC; NULL where none did',
    last_listed_at    Nullable(DateTime64(3, 'UTC')) COMMENT 'The last list that had it, UTC; NULL where none did',
    last_row          Nullable(DateTime64(0, 'UTC'))  COMMENT 'Time of its newest observation, UTC; NULL where none is stored',
    open_interest     Nullable(Float64)              COMMENT 'Contracts at that time',
    open_interest_usd Nullable(Float64)              COMMENT 'Notional at that time in US dollars',
    age_seconds       Nullable(Int64)                COMMENT 'Seconds since last_row'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    symbol, anyIf(names, notEmpty(names))[1] AS title, if(max(statuses) = '', 'unknown', max(statuses)) AS status,
    max(first_list) AS first_listed_at, max(last_list) AS last_listed_at, max(row_at) AS last_row,
    argMax(tuple(contracts), row_at).1 AS open_interest, argMax(tuple(usd), row_at).1 AS open_interest_usd,
    dateDiff('second', last_row, now('UTC')) AS age_seconds
FROM
(
    SELECT
        symbol, [name] AS names, toString(symbols.status) AS statuses, toNullable(symbols.first_listed_at) AS first_list,
        toNullable(symbols.last_listed_at) AS last_list, CAST(NULL, 'Nullable(DateTime(\'UTC\'))') AS row_at,
        CAST(NULL, 'Nullable(Float64)') AS contracts, CAST(NULL, 'Nullable(Float64)') AS usd
    FROM {database}.ledger_symbols AS symbols FINAL
    WHERE has(sources, 'kalshi')
    UNION ALL
    SELECT
        symbol, [] AS names, '' AS statuses, NULL AS first_list, NULL AS last_list, toNullable(timestamp) AS row_at,
        toNullable(open_interest) AS contracts, open_interest_usd AS usd
    FROM {bi}.open_interest_latest
    WHERE source = 'kalshi'
)
GROUP BY symbol
COMMENT 'What is known of each Kalshi market: its listing, its newest row, its status'
