-- The ledger's copy of what was loaded. For ten days before the first row every second stretch of each series was
-- requested in vain, so that there are missing stretches of two kinds.
INSERT INTO market.ledger_coverage
    (source, interval, symbol, first_bucket, after_last, step_seconds, found, proven, observed_at, ledger_as_of, doubts)
SELECT
    source, interval, symbol, toDateTime({start:UInt32} + stretch.1, 'UTC'), toDateTime({start:UInt32} + stretch.2, 'UTC'),
    step, stretch.3, false, now64(3, 'UTC'), {ledger_as_of:DateTime64(3, 'UTC')}, []
FROM
(
    SELECT
        arrayJoin({sources:Array(String)}) AS source, arrayJoin({symbols:Array(String)}) AS symbol,
        arrayJoin([('5m', 300), ('15m', 900), ('1h', 3600), ('4h', 14400), ('1d', 86400)]) AS of_interval,
        of_interval.1 AS interval, of_interval.2 AS step, greatest(21600, step) AS length
)
ARRAY JOIN arrayConcat(
    [(0, toInt64({end:UInt32} - {start:UInt32}), 'rows')],
    arrayMap(back -> (toInt64(-back), toInt64(length - back), 'empty'), range(2 * length, 864001, 2 * length))) AS stretch;

INSERT INTO market.ledger_spend
    (day, lane, symbol, settled_credits, reserved_credits, requests, rows, ledger_as_of, parts)
SELECT
    toDate({start:UInt32} + 86400 * number), arrayJoin(['hourly', 'daily', 'backfill']), arrayJoin({symbols:Array(String)}),
    350, 0, 5, 1245, {ledger_as_of:DateTime64(3, 'UTC')},
    arrayMap(interval -> ('all', interval, 70, 0, 1, 249), ['5m', '15m', '1h', '4h', '1d'])
FROM numbers(intDiv({end:UInt32} - {start:UInt32}, 86400) + 1);

INSERT INTO market.ledger_cycles (first_day, after_last, allowance_credits, ledger_as_of)
SELECT
    toStartOfMonth(toDate({start:UInt32})) + toIntervalMonth(number) AS first_day, first_day + toIntervalMonth(1), 500000,
    {ledger_as_of:DateTime64(3, 'UTC')}
FROM numbers(dateDiff('month', toDate({start:UInt32}), toDate({end:UInt32})) + 1);

INSERT INTO market.ledger_symbols (symbol, name, sources, status, first_listed_at, last_listed_at, ledger_as_of)
SELECT
    arrayJoin({symbols:Array(String)}) AS symbol, 'Open interest of ' || symbol, {sources:Array(String)}, 'listed',
    toDateTime64({start:UInt32}, 3, 'UTC'), {ledger_as_of:DateTime64(3, 'UTC')}, {ledger_as_of:DateTime64(3, 'UTC')};

INSERT INTO market.quarantine_rows
    (quarantine_id, batch_id, window_id, page_path, row_index, symbol, source, interval, timestamp_text, rules, raw, known_at)
SELECT
    toString(number), 'bench', 'bench', 'bench', number, 'BTC', 'kalshi', '5m',
    toString(toDateTime({start:UInt32} + 300 * number, 'UTC')), ['open_interest_is_not_negative'], '{}',
    {ledger_as_of:DateTime64(3, 'UTC')}
FROM numbers(10000);
