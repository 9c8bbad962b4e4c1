CREATE OR REPLACE VIEW {database}.open_interest_days
(
{open_interest/days/columns.sql}
)
AS SELECT
    symbol, source, interval, day, step_seconds, observations, close_at, open, high, low, close, mean, open_usd, high_usd,
    low_usd, close_usd, mean_usd, seconds, open_interest, open_interest_usd, derived, known_at, derived_observations,
    usd_observations, last_usd_at, last_usd, restatements, largest_restatement_ratio, newest_restatement
FROM {database}.open_interest_day_rows FINAL
WHERE observations > 0
COMMENT 'Open interest packed by series and day, as of the newest batch; what most marts are computed from'
