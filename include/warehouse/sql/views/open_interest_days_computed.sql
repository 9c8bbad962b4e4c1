-- -1 stands for US dollars that the source did not give: they are never negative.
-- A restatement is an observation that differs from the one known before it, as in open_interest_history.
CREATE OR REPLACE VIEW {database}.open_interest_days_computed
(
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    day               Date                   COMMENT 'Day, UTC',
    step_seconds      UInt32                 COMMENT 'Length of the interval in seconds',
    observations      UInt32                 COMMENT 'Rows of the day',
    close_at          DateTime('UTC')        COMMENT 'Time of the last row of the day, UTC',
    open              Float64                COMMENT 'First value of the day; base units or contracts',
    high              Float64                COMMENT 'Highest value of the day; base units or contracts',
    low               Float64                COMMENT 'Lowest value of the day; base units or contracts',
    close             Float64                COMMENT 'Last value of the day; base units or contracts',
    mean              Float64                COMMENT 'Mean of the values; base units or contracts',
    open_usd          Nullable(Float64)      COMMENT 'US dollars at the moment of open; NULL where the source gave none then',
    high_usd          Nullable(Float64)      COMMENT 'Highest value in US dollars; NULL where the source gave none',
    low_usd           Nullable(Float64)      COMMENT 'Lowest value in US dollars; NULL where the source gave none',
    close_usd         Nullable(Float64)      COMMENT 'US dollars at the moment of close; NULL where the source gave none then',
    mean_usd          Nullable(Float64)      COMMENT 'Mean of the values with US dollars; NULL where the source gave none',
    seconds           Array(UInt32)          COMMENT 'Seconds from midnight UTC of each row of the day, ascending',
    open_interest     Array(Float64)         COMMENT 'The value of each row: base units or contracts, as the source counts',
    open_interest_usd Array(Float64)         COMMENT 'The notional of each row in US dollars; -1 where the source gave none',
    derived           Array(Bool)            COMMENT 'True where the value of a row is the 5m snapshot at that time',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor last gave close, UTC',
    derived_observations UInt32              COMMENT 'Rows of the day whose value is the 5m snapshot at that time',
    usd_observations  UInt32                 COMMENT 'Rows of the day with US dollars',
    last_usd_at       Nullable(DateTime('UTC')) COMMENT 'Time of the last of them, UTC; NULL where there is none',
    last_usd          Nullable(Float64)      COMMENT 'US dollars at that time; NULL where there is none',
    restatements      UInt32                 COMMENT 'Changes of a known value of the day, as the mart restatements lists them',
    largest_restatement_ratio Nullable(Float64) COMMENT 'The largest of them, as a fraction of the value before, without its sign',
    newest_restatement Array(Tuple(known_at DateTime64(3, 'UTC'), timestamp DateTime('UTC'), previous_open_interest Float64, open_interest Float64))
        COMMENT 'The one that was known last; empty where there is none'
)
AS SELECT
    symbol, source, interval, day,
    toUInt32(transform(toString(interval), ['5m', '15m', '1h', '4h', '1d'], [300, 900, 3600, 14400, 86400], 0))
        AS step_seconds,
    toUInt32(length(rows)) AS observations, toDateTime(day, 'UTC') + seconds[-1] AS close_at,
    open_interest[1] AS open, arrayMax(open_interest) AS high, arrayMin(open_interest) AS low, open_interest[-1] AS close,
    arrayAvg(open_interest) AS mean,
    nullIf(open_interest_usd[1], -1) AS open_usd, if(empty(given_usd), NULL, arrayMax(given_usd)) AS high_usd,
    if(empty(given_usd), NULL, arrayMin(given_usd)) AS low_usd, nullIf(open_interest_usd[-1], -1) AS close_usd,
    if(empty(given_usd), NULL, arrayAvg(given_usd)) AS mean_usd,
    rows.1 AS seconds, rows.2 AS open_interest, rows.3 AS open_interest_usd, rows.4 AS derived, rows[-1].5 AS known_at,
    toUInt32(arrayCount(derived)) AS derived_observations,
    toUInt32(length(given_usd)) AS usd_observations,
    if(empty(given_usd), NULL, toDateTime(day, 'UTC') + seconds[arrayLastIndex(usd -> usd >= 0, open_interest_usd)])
        AS last_usd_at,
    if(empty(given_usd), NULL, given_usd[-1]) AS last_usd,
    toUInt32(length(changes)) AS restatements,
    if(empty(ratios), NULL, arrayMax(ratios)) AS largest_restatement_ratio,
    arraySlice(changes, -1) AS newest_restatement
FROM
(
    SELECT
        symbol, source, interval, toDate(timestamp) AS day,
        arraySort(one -> one.1, groupArrayIf((
            toUInt32(toUnixTimestamp(timestamp) % 86400), open_interest, ifNull(open_interest_usd, -1), derived, known_at),
            NOT is_change)) AS rows,
        arrayFilter(usd -> usd >= 0, rows.3) AS given_usd,
        arraySort(groupArrayIf((known_at, timestamp, before, open_interest), is_change)) AS changes,
        arrayMap(one -> abs(one.4 - one.3) / one.3, arrayFilter(one -> one.3 > 0, changes)) AS ratios
    FROM
    (
        SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, false AS derived,
            0. AS before, false AS is_change
        FROM {database}.open_interest
        UNION ALL
        SELECT timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, true AS derived,
            0. AS before, false AS is_change
        FROM {database}.open_interest_derived
        UNION ALL
        SELECT
            timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, false AS derived,
            assumeNotNull(previous) AS before, true AS is_change
        FROM
        (
            SELECT
                timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at,
                lagInFrame(toNullable(open_interest)) OVER answers AS previous,
                lagInFrame(open_interest_usd) OVER answers AS previous_usd
            FROM {database}.open_interest_observations FINAL
            WINDOW answers AS
            (
                PARTITION BY source, interval, symbol, timestamp ORDER BY known_at
                ROWS BETWEEN 1 PRECEDING AND CURRENT ROW
            )
        )
        WHERE previous IS NOT NULL
            AND (previous != open_interest OR ifNull(previous_usd, -1) != ifNull(open_interest_usd, -1))
    )
    GROUP BY source, interval, symbol, day
)
COMMENT 'open_interest_days computed from the rows as they are now: what is stored of each day that a batch has rows of'
