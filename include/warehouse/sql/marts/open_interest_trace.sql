-- A row is from the page of its stream that was known at the same moment. Where two windows of a stream were, the one that
-- holds the row's time, and requested its source, is meant.
CREATE OR REPLACE VIEW {bi}.open_interest_trace
(
    timestamp         DateTime64(0, 'UTC')            COMMENT 'Start of the observation, UTC, on the grid of the interval',
    symbol            LowCardinality(String)         COMMENT 'Such as BTC',
    source            LowCardinality(String)         COMMENT 'Exchange and market, such as binance_futures',
    interval          LowCardinality(String)         COMMENT '5m, 15m, 1h, 4h or 1d; a derived row of open_interest has the values of the 5m row of its time',
    open_interest     Float64                        COMMENT 'The value: base units or contracts, as the source counts',
    open_interest_usd Nullable(Float64)              COMMENT 'Its notional in US dollars; NULL where the source gave none',
    known_at          DateTime64(3, 'UTC')           COMMENT 'From when this value was known, UTC',
    current           Bool                           COMMENT 'True for the value that open_interest shows; false for one that was restated',
    batch_id          LowCardinality(String)         COMMENT 'The batch that brought it; {bi}.quality has what the rules found on that day',
    page_path         Nullable(String)               COMMENT 'The landed page that holds it; NULL where the ledger''s copy has no such page yet',
    page_sha256       Nullable(String)               COMMENT 'SHA-256 of that page as received',
    page_rows         Nullable(UInt64)               COMMENT 'Rows of that page, which share the credits of the request',
    request_id        Nullable(UInt64)               COMMENT 'Number of the request in the ledger',
    requested_source  Nullable(String)               COMMENT 'The source requested; all: every source in one request',
    lane              Nullable(String)               COMMENT 'Who paid: hourly, daily or backfill',
    run_id            Nullable(String)               COMMENT 'The run that requested it',
    requested_at      Nullable(DateTime64(3, 'UTC')) COMMENT 'When it was requested, UTC; NULL for a page that was adopted',
    charged_credits   Nullable(Int64)                COMMENT 'Credits of the whole request; NULL while its charge is not known'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, current, batch_id,
    page.4 AS page_path, page.5 AS page_sha256, page.6 AS page_rows, page.7 AS request_id, page.1 AS requested_source,
    page.8 AS lane, page.9 AS run_id, page.10 AS requested_at, page.11 AS charged_credits
FROM
(
    SELECT
        timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, current, batch_id,
        arrayFirst(one -> one.1 IN ('all', toString(source)) AND timestamp >= one.2 AND timestamp < one.3, pages) AS page
    FROM
    (
        SELECT
            timestamp, symbol, source, interval, open_interest, open_interest_usd, known_at, batch_id,
            toBool(known_at = max(known_at) OVER (PARTITION BY source, interval, symbol, timestamp)) AS current
        FROM {database}.open_interest_history
    ) AS history
    GLOBAL ANY LEFT JOIN
    (
        SELECT
            symbol, interval, known_at,
            groupArray((
                toString(source), window_start, window_end, toNullable(page_path), toNullable(page_sha256),
                toNullable(page_rows), toNullable(request_id), toNullable(toString(lane)), toNullable(run_id),
                requested_at, charged_credits)) AS pages
        FROM {database}.ledger_pages FINAL
        GROUP BY symbol, interval, known_at
    ) AS landed USING (symbol, interval, known_at)
)
COMMENT 'Where each value comes from: a row for every value that was ever known, with its batch, landed page and request'
