-- argMin and argMax pass over NULL: -1 stands for US dollars that the source did not give at that moment.
CREATE OR REPLACE VIEW {bi}.open_interest_daily_as_of
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS WITH days AS
(
    SELECT
        toDate(timestamp) AS day, symbol, source, true AS of_day, interval, count() AS observations,
        any(step_seconds) AS step_seconds, argMin(open_interest, timestamp) AS open, max(open_interest) AS high,
        min(open_interest) AS low, argMax(open_interest, timestamp) AS close, avg(open_interest) AS mean,
        nullIf(argMin(ifNull(open_interest_usd, -1), timestamp), -1) AS open_usd, max(open_interest_usd) AS high_usd,
        min(open_interest_usd) AS low_usd, nullIf(argMax(ifNull(open_interest_usd, -1), timestamp), -1) AS close_usd,
        avg(open_interest_usd) AS mean_usd
    FROM {bi}.open_interest_as_of(moment = {moment:DateTime64(3, 'UTC')})
    GROUP BY day, symbol, source, interval
    UNION ALL
    SELECT
        toDate(timestamp) + 1 AS day, symbol, source, false AS of_day, interval, count() AS observations,
        any(step_seconds) AS step_seconds, 0, 0, 0, argMax(open_interest, timestamp), 0, NULL, NULL, NULL,
        nullIf(argMax(ifNull(open_interest_usd, -1), timestamp), -1), NULL
    FROM {bi}.open_interest_as_of(moment = {moment:DateTime64(3, 'UTC')})
    GROUP BY day, symbol, source, interval
)
{open_interest/daily/figures.sql}
COMMENT 'open_interest_daily as it was known at a moment, UTC: open_interest_daily_as_of(moment = ''2026-03-07 04:00:00'')'
