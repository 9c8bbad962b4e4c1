-- Each row is compared with the rows exactly one hour, a day and a week before it: a gap gives NULL, never the change
-- since another moment. Each distance reads the stored rows for itself, so that a filter on timestamp reaches them; derived
-- rows, which take long to plan, are read once.
CREATE OR REPLACE VIEW {bi}.open_interest_change
(
    timestamp            DateTime64(0, 'UTC')    COMMENT 'Start of the observation, UTC',
    symbol               LowCardinality(String) COMMENT 'Such as BTC',
    source               LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval             LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d; a change over less than it is NULL',
    open_interest        Float64                COMMENT 'Base units or contracts, as the source counts',
    open_interest_usd    Nullable(Float64)      COMMENT 'Notional in US dollars; NULL where the source gave none',
    change_1h            Nullable(Float64)      COMMENT 'Change in 1 hour; base units or contracts',
    change_1h_ratio      Nullable(Float64)      COMMENT 'The same as a fraction of the value before: 0.05 is 5 %',
    change_1h_usd        Nullable(Float64)      COMMENT 'Change in 1 hour, US dollars; price moves included',
    change_1h_usd_ratio  Nullable(Float64)      COMMENT 'The same as a fraction of the US dollars before',
    change_24h           Nullable(Float64)      COMMENT 'Change in 24 hours; base units or contracts',
    change_24h_ratio     Nullable(Float64)      COMMENT 'The same as a fraction of the value before: 0.05 is 5 %',
    change_24h_usd       Nullable(Float64)      COMMENT 'Change in 24 hours, US dollars; price moves included',
    change_24h_usd_ratio Nullable(Float64)      COMMENT 'The same as a fraction of the US dollars before',
    change_7d            Nullable(Float64)      COMMENT 'Change in 7 days; base units or contracts',
    change_7d_ratio      Nullable(Float64)      COMMENT 'The same as a fraction of the value before: 0.05 is 5 %',
    change_7d_usd        Nullable(Float64)      COMMENT 'Change in 7 days, US dollars; price moves included',
    change_7d_usd_ratio  Nullable(Float64)      COMMENT 'The same as a fraction of the US dollars before'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    timestamp, symbol, source, interval, assumeNotNull(now_value) AS open_interest, now_usd AS open_interest_usd,
    now_value - value_1h AS change_1h, change_1h / nullIf(value_1h, 0) AS change_1h_ratio,
    now_usd - usd_1h AS change_1h_usd, change_1h_usd / nullIf(usd_1h, 0) AS change_1h_usd_ratio,
    now_value - value_24h AS change_24h, change_24h / nullIf(value_24h, 0) AS change_24h_ratio,
    now_usd - usd_24h AS change_24h_usd, change_24h_usd / nullIf(usd_24h, 0) AS change_24h_usd_ratio,
    now_value - value_7d AS change_7d, change_7d / nullIf(value_7d, 0) AS change_7d_ratio,
    now_usd - usd_7d AS change_7d_usd, change_7d_usd / nullIf(usd_7d, 0) AS change_7d_usd_ratio
FROM
(
    SELECT
        timestamp, symbol, source, interval,
        maxIf(value, hours = 0) AS now_value, maxIf(usd, hours = 0) AS now_usd,
        maxIf(value, hours = 1) AS value_1h, maxIf(usd, hours = 1) AS usd_1h,
        maxIf(value, hours = 24) AS value_24h, maxIf(usd, hours = 24) AS usd_24h,
        maxIf(value, hours = 168) AS value_7d, maxIf(usd, hours = 168) AS usd_7d
    FROM
    (
        SELECT timestamp, symbol, source, interval, 0 AS hours, toNullable(open_interest) AS value, open_interest_usd AS usd
        FROM {database}.open_interest
        UNION ALL
        SELECT timestamp + toIntervalHour(1) AS timestamp, symbol, source, interval, 1 AS hours, toNullable(open_interest) AS value, open_interest_usd AS usd
        FROM {database}.open_interest
        UNION ALL
        SELECT timestamp + toIntervalHour(24) AS timestamp, symbol, source, interval, 24 AS hours, toNullable(open_interest) AS value, open_interest_usd AS usd
        FROM {database}.open_interest
        UNION ALL
        SELECT timestamp + toIntervalHour(168) AS timestamp, symbol, source, interval, 168 AS hours, toNullable(open_interest) AS value, open_interest_usd AS usd
        FROM {database}.open_interest
        UNION ALL
        SELECT
            timestamp + toIntervalHour(hours) AS timestamp, symbol, source, interval, hours,
            toNullable(open_interest) AS value, open_interest_usd AS usd
        FROM {database}.open_interest_derived
        ARRAY JOIN [0, 1, 24, 168] AS hours
    )
    GROUP BY timestamp, symbol, source, interval
    HAVING now_value IS NOT NULL
)
COMMENT 'Open interest and its change over 1 hour, 24 hours and 7 days; NULL where the earlier row is missing'
