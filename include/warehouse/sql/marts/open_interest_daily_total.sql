-- A moment at which a source is missing would look like a fall of the sum. So a day's sum is taken over the moments
-- that have the most sources, of the finest interval that has such moments.
CREATE OR REPLACE VIEW {bi}.open_interest_daily_total
(
    day               Date                   COMMENT 'Day, UTC',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    sources           UInt64                 COMMENT 'How many sources the sums hold: the most of that day at one moment',
    interval          LowCardinality(String) COMMENT 'What the day is computed from: its finest interval with so many',
    points            UInt64                 COMMENT 'Moments of that interval at which all these sources have a value',
    points_expected   UInt64                 COMMENT 'Moments that a whole day has',
    open_usd          Float64                COMMENT 'First sum over sources of the day, US dollars',
    high_usd          Float64                COMMENT 'Highest sum over sources of the day, US dollars',
    low_usd           Float64                COMMENT 'Lowest sum over sources of the day, US dollars',
    close_usd         Float64                COMMENT 'Last sum over sources of the day, US dollars',
    mean_usd          Float64                COMMENT 'Mean of the sums over sources, US dollars',
    change_usd        Float64                COMMENT 'close_usd - open_usd, US dollars',
    change_usd_share  Nullable(Float64)      COMMENT 'change_usd / open_usd: 0.05 is 5 % up; NULL where open_usd is 0'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    day, symbol, best.1 AS sources, best.2 AS interval, best.3 AS points, intDiv(86400, best.4) AS points_expected,
    best.5 AS open_usd, best.6 AS high_usd, best.7 AS low_usd, best.8 AS close_usd, best.9 AS mean_usd,
    close_usd - open_usd AS change_usd, change_usd / nullIf(open_usd, 0) AS change_usd_share
FROM
(
    SELECT
        day, symbol,
        argMax((moment_sources, interval, points, step_seconds, first, highest, lowest, last, average),
               (toInt64(moment_sources), -toInt64(step_seconds))) AS best
    FROM
    (
        SELECT
            toDate(timestamp) AS day, symbol, interval, moment_sources, any(step_seconds) AS step_seconds,
            count() AS points, argMin(total_usd, timestamp) AS first, max(total_usd) AS highest,
            min(total_usd) AS lowest, argMax(total_usd, timestamp) AS last, avg(total_usd) AS average
        FROM
        (
            SELECT
                timestamp, symbol, interval, any(step_seconds) AS step_seconds,
                sum(assumeNotNull(open_interest_usd)) AS total_usd, count() AS moment_sources
            FROM {bi}.open_interest
            WHERE open_interest_usd IS NOT NULL
            GROUP BY timestamp, symbol, interval
        )
        GROUP BY day, symbol, interval, moment_sources
    )
    GROUP BY day, symbol
)
COMMENT 'Open interest by day over all sources, in US dollars: open, high, low, close, mean, change'
