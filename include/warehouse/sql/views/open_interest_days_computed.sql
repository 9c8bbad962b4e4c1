CREATE OR REPLACE VIEW {database}.open_interest_days_computed
(
{open_interest/days/columns.sql}
)
AS WITH answers AS
(
    SELECT
        timestamp, symbol, source, interval, open_interest, ifNull(open_interest_usd, -1) AS open_interest_usd, known_at,
        false AS derived
    FROM {database}.open_interest_observations FINAL
    UNION ALL
    -- The rows of open_interest_derived, and those in whose place there is a bought one.
    SELECT
        timestamp, symbol, source, series.interval AS interval, open_interest,
        ifNull(open_interest_usd, -1) AS open_interest_usd, known_at, true AS derived
    {open_interest/days/snapshots.sql}
),
collected AS
(
    {open_interest/days/collected.sql}
)
{open_interest/days/figures.sql}
COMMENT 'open_interest_days computed from the rows as they are now: what is stored of each day that a batch has rows of'
