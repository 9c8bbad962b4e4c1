CREATE OR REPLACE VIEW {bi}.credits
(
    day              Date                   COMMENT 'Day of the request, UTC',
    lane             LowCardinality(String) COMMENT 'Who spent: hourly, daily or backfill',
    symbol           LowCardinality(String) COMMENT 'What was requested, such as BTC',
    source           LowCardinality(String) COMMENT 'The source requested; all: every source in one request; unknown: before it was recorded',
    interval         LowCardinality(String) COMMENT '5m, 15m, 1h, 4h or 1d; unknown: before it was recorded',
    spent_credits    Int64                  COMMENT 'Credits that count as spent: settled and reserved',
    settled_credits  Int64                  COMMENT 'Credits charged',
    reserved_credits Int64                  COMMENT 'Credits of requests whose charge is not known yet',
    requests         UInt64                 COMMENT 'Requests made',
    rows             UInt64                 COMMENT 'Rows received',
    ledger_as_of     DateTime64(3, 'UTC')   COMMENT 'When the ledger was read for this, UTC: later charges are not in it'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    day, lane, symbol, part.1 AS source, part.2 AS interval, settled_credits + reserved_credits AS spent_credits,
    part.3 AS settled_credits, part.4 AS reserved_credits, part.5 AS requests, part.6 AS rows, ledger_as_of
FROM
(
    SELECT
        day, lane, symbol, ledger_as_of,
        arrayJoin(if(
            empty(parts), [('unknown', 'unknown', settled_credits, reserved_credits, requests, spend.rows)],
            CAST(parts, 'Array(Tuple(String, String, Int64, Int64, UInt64, UInt64))'))) AS part
    FROM {database}.ledger_spend AS spend FINAL
)
COMMENT 'What was spent by day, lane, symbol, source and interval'
