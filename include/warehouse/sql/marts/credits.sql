CREATE OR REPLACE VIEW {bi}.credits
(
    day              Date                   COMMENT 'Day of the request, UTC',
    lane             LowCardinality(String) COMMENT 'Who spent: hourly, daily or backfill',
    symbol           LowCardinality(String) COMMENT 'What was asked for, such as BTC',
    spent_credits    Int64                  COMMENT 'Credits that count as spent: settled and reserved',
    settled_credits  Int64                  COMMENT 'Credits charged',
    reserved_credits Int64                  COMMENT 'Credits of requests whose charge is not known yet',
    requests         UInt64                 COMMENT 'Requests made',
    rows             UInt64                 COMMENT 'Rows received',
    told_at          DateTime64(3, 'UTC')   COMMENT 'When the ledger was read for this, UTC: later charges are not in it'
)
DEFINER = CURRENT_USER SQL SECURITY DEFINER
AS SELECT
    day, lane, symbol, settled_credits + reserved_credits AS spent_credits, settled_credits, reserved_credits,
    requests, rows, told_at
FROM {database}.ledger_spend FINAL
COMMENT 'What was spent by day, lane and symbol'
