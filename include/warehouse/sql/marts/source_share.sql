-- A share rises where another source is silent, so each moment says whether the total is complete. A source belongs to
-- its symbol until a week after its last row: one that has left the symbol does not leave every later total incomplete.
CREATE OR REPLACE VIEW {bi}.source_share
(
    timestamp         DateTime64(0, 'UTC')   COMMENT 'Start of the observation, UTC',
    symbol            LowCardinality(String) COMMENT 'Such as BTC',
    interval          LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d',
    source            LowCardinality(String) COMMENT 'Exchange and market, such as binance_futures',
    open_interest_usd Float64                COMMENT 'Notional of this source in US dollars',
    total_usd         Float64                COMMENT 'Notional of all sources at this moment, US dollars',
    share             Nullable(Float64)      COMMENT 'open_interest_usd / total_usd, 0 to 1; NULL where the total is 0',
    sources           UInt64                 COMMENT 'How many sources the total holds',
    complete          Bool                   COMMENT 'True where the total holds every source of the symbol; one belongs to it until 7 days after its newest US dollars, at any interval',
    day               Date                   COMMENT 'Day of timestamp, UTC; a filter on it spares reading other days'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    toDateTime(day, 'UTC') + second AS timestamp, symbol, interval, one_of.1 AS source, one_of.2 AS open_interest_usd,
    total_usd, open_interest_usd / nullIf(total_usd, 0) AS share, sources,
    toBool(sources >= arrayCount(last -> timestamp <= last + toIntervalDay(7), lasts)) AS complete, day
FROM
(
    SELECT
        day, symbol, interval, given.1 AS second, groupArray((source, given.2)) AS of_sources,
        arraySum(of_sources.2) AS total_usd, length(of_sources) AS sources
    FROM
    (
        SELECT
            day, symbol, source, interval,
            arrayJoin(arrayFilter(one -> one.2 >= 0, arrayZip(seconds, open_interest_usd))) AS given
        FROM {database}.open_interest_days
        WHERE high_usd IS NOT NULL
    )
    GROUP BY day, symbol, interval, second
) AS moments
GLOBAL ANY LEFT JOIN
(
    SELECT symbol, groupArray(last) AS lasts
    FROM
    (
        SELECT symbol, source, assumeNotNull(max(last_usd_at)) AS last
        FROM {database}.open_interest_days
        WHERE high_usd IS NOT NULL
        GROUP BY symbol, source
    )
    GROUP BY symbol
) AS of_symbol USING (symbol)
ARRAY JOIN of_sources AS one_of
COMMENT 'Each source''s part of a symbol''s open interest in US dollars; sources without US dollars are left out'
