-- A share rises where another source is silent, so each moment says whether the total is complete. A source belongs to
-- its symbol until a week after its last row: one that has left the symbol does not leave every later total incomplete.
CREATE OR REPLACE VIEW {bi}.source_share
(
    timestamp         DateTime('UTC')        COMMENT 'Start of the observation, UTC',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    open_interest_usd Float64                COMMENT 'Notional of this source in US dollars',
    total_usd         Float64                COMMENT 'Notional of all sources at this moment, US dollars',
    share             Nullable(Float64)      COMMENT 'open_interest_usd / total_usd, 0 to 1; NULL where the total is 0',
    sources           UInt64                 COMMENT 'How many sources the total holds',
    complete          Bool                   COMMENT 'True where the total holds every source of the symbol; one belongs to it until 7 days after its newest US dollars, at any interval'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    timestamp, symbol, interval, source, usd AS open_interest_usd, total_usd, usd / nullIf(total_usd, 0) AS share, sources,
    toBool(sources >= arrayCount(last -> timestamp <= last + toIntervalDay(7), of_symbol.lasts)) AS complete
FROM
(
    SELECT
        timestamp, symbol, interval, source, assumeNotNull(open_interest_usd) AS usd,
        sum(usd) OVER moments AS total_usd, count() OVER moments AS sources
    FROM {bi}.open_interest
    WHERE open_interest_usd IS NOT NULL
    WINDOW moments AS (PARTITION BY symbol, interval, timestamp)
) AS shares
GLOBAL ANY LEFT JOIN
(
    SELECT symbol, groupArray(last) AS lasts
    FROM
    (
        SELECT symbol, source, max(last) AS last
        FROM
        (
            SELECT symbol, source, interval, max(timestamp) AS last
            FROM {database}.open_interest_current FINAL
            WHERE open_interest_usd IS NOT NULL
            GROUP BY source, interval, symbol
        )
        GROUP BY symbol, source
    )
    GROUP BY symbol
) AS of_symbol USING (symbol)
SETTINGS optimize_aggregation_in_order = 1
COMMENT 'Each source''s part of a symbol''s open interest in US dollars; sources without US dollars are left out'
