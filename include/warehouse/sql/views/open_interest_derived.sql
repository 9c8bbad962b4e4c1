-- A row that was bought wins wherever there is one. Grouping lets filters on the keys reach the storage, where a join
-- of the two would not. Where nothing is derived, nothing is read; the storage is named, as each view in between takes
-- time to plan.
CREATE OR REPLACE VIEW {database}.open_interest_derived
(
    timestamp         DateTime('UTC')        COMMENT 'Start of the observation, on the grid of the interval',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String) COMMENT '15m, 1h, 4h or 1d',
    open_interest     Float64                COMMENT 'The 5m snapshot at that time: base units or contracts',
    open_interest_usd Nullable(Float64)      COMMENT 'Its notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')   COMMENT 'When the vendor last gave the 5m snapshot'
)
AS SELECT
    timestamp, symbol, source, interval,
    any(value) AS open_interest, any(usd).1 AS open_interest_usd, any(known) AS known_at
FROM
(
    SELECT
        timestamp, symbol, source, series.interval AS interval, open_interest AS value, tuple(open_interest_usd) AS usd,
        known_at AS known, false AS bought
    {open_interest/days/snapshots.sql}
    UNION ALL
    SELECT
        timestamp, symbol, source, interval, open_interest AS value, tuple(open_interest_usd) AS usd,
        known_at AS known, true AS bought
    FROM {database}.open_interest_current FINAL
    WHERE (source, interval, symbol) GLOBAL IN (SELECT source, interval, symbol FROM {database}.ledger_derived)
)
GROUP BY source, interval, symbol, timestamp
HAVING NOT max(bought)
COMMENT 'Buckets of coarse intervals read off the 5m rows, where that is proven and no bought row exists; exact at any moment'
