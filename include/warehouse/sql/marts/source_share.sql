CREATE OR REPLACE VIEW {bi}.source_share
(
    timestamp         DateTime('UTC')        COMMENT 'Start of the observation, UTC',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    open_interest_usd Float64                COMMENT 'Notional of this source in US dollars',
    total_usd         Float64                COMMENT 'Notional of all sources at this moment, US dollars',
    share             Nullable(Float64)      COMMENT 'open_interest_usd / total_usd, 0 to 1; NULL where the total is 0',
    sources           UInt64                 COMMENT 'How many sources the total holds: compare only equal numbers'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    timestamp, symbol, interval, source, assumeNotNull(base.open_interest_usd) AS open_interest_usd,
    sum(assumeNotNull(base.open_interest_usd)) OVER moments AS total_usd,
    assumeNotNull(base.open_interest_usd) / nullIf(total_usd, 0) AS share,
    count() OVER moments AS sources
FROM {bi}.open_interest AS base
WHERE base.open_interest_usd IS NOT NULL
WINDOW moments AS (PARTITION BY symbol, interval, timestamp)
COMMENT 'Each source''s part of a symbol''s open interest in US dollars; sources without US dollars are left out'
