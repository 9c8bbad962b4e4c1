-- open_interest_daily from `days`: the figures of each series and day, and with of_day = false its closes at the day after.
SELECT
    day, symbol, source, toLowCardinality(best.1) AS interval, best.2 AS observations,
    toUInt64(intDiv(86400, greatest(best.3, 1))) AS observations_expected,
    best.4 AS open, best.5 AS high, best.6 AS low, best.7 AS close, best.8 AS mean,
    before.1 AS prev_close, close - prev_close AS change, change / nullIf(prev_close, 0) AS change_ratio,
    close - open AS intraday_change,
    best.9 AS open_usd, best.10 AS high_usd, best.11 AS low_usd, best.12 AS close_usd, best.13 AS mean_usd,
    before.2 AS prev_close_usd, close_usd - prev_close_usd AS change_usd,
    change_usd / nullIf(prev_close_usd, 0) AS change_usd_ratio,
    close_usd - open_usd AS intraday_change_usd, close_usd / nullIf(close, 0) AS implied_price
FROM
(
    SELECT
        day, symbol, source,
        argMaxIf(
            (interval, observations, step_seconds, open, high, low, close, mean, open_usd, high_usd, low_usd, close_usd,
             mean_usd),
            (observations * step_seconds, -toInt64(step_seconds)), of_day) AS best,
        argMaxIf(
            (toNullable(close), close_usd), (observations * step_seconds, -toInt64(step_seconds)), NOT of_day) AS before
    FROM days
    GROUP BY day, symbol, source
    HAVING max(of_day)
)
