-- The query of open_interest_daily over the rows known at a moment; a test keeps both equal.
CREATE OR REPLACE VIEW {bi}.open_interest_daily_as_of
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    day, symbol, source, best.1 AS interval, best.2 AS observations, intDiv(86400, greatest(best.3, 1)) AS observations_expected,
    best.4 AS open, best.5 AS high, best.6 AS low, best.7 AS close, best.8 AS mean,
    before.1 AS prev_close, close - prev_close AS change, change / nullIf(prev_close, 0) AS change_ratio,
    close - open AS intraday_change,
    nullIf(best.9, -1) AS open_usd, best.10 AS high_usd, best.11 AS low_usd, nullIf(best.12, -1) AS close_usd,
    best.13 AS mean_usd,
    nullIf(before.2, -1) AS prev_close_usd, close_usd - prev_close_usd AS change_usd,
    change_usd / nullIf(prev_close_usd, 0) AS change_usd_ratio,
    close_usd - open_usd AS intraday_change_usd, close_usd / nullIf(close, 0) AS implied_price
FROM
(
    SELECT
        day, symbol, source,
        argMaxIf(figures, (figures.2 * figures.3, -toInt64(figures.3)), of_day) AS best,
        argMaxIf((toNullable(figures.7), toNullable(figures.12)), (figures.2 * figures.3, -toInt64(figures.3)), NOT of_day)
            AS before
    FROM
    (
        SELECT
            toDate(timestamp) AS day, symbol, source, true AS of_day,
            (interval, count(), any(step_seconds), argMin(open_interest, timestamp), max(open_interest),
             min(open_interest), argMax(open_interest, timestamp), avg(open_interest),
             argMin(ifNull(open_interest_usd, -1), timestamp), max(open_interest_usd), min(open_interest_usd),
             argMax(ifNull(open_interest_usd, -1), timestamp), avg(open_interest_usd)) AS figures
        FROM {bi}.open_interest_as_of(moment = {moment:DateTime64(3, 'UTC')})
        GROUP BY day, symbol, source, interval
        UNION ALL
        SELECT
            toDate(timestamp) + 1 AS day, symbol, source, false AS of_day,
            (interval, count(), any(step_seconds), 0, 0, 0, argMax(open_interest, timestamp), 0, 0, NULL, NULL,
             argMax(ifNull(open_interest_usd, -1), timestamp), NULL) AS figures
        FROM {bi}.open_interest_as_of(moment = {moment:DateTime64(3, 'UTC')})
        GROUP BY day, symbol, source, interval
    )
    GROUP BY day, symbol, source
    HAVING max(of_day)
)
COMMENT 'open_interest_daily as it was known at a moment, UTC: open_interest_daily_as_of(moment = ''2026-03-07 04:00:00'')'
