-- Every coarse interval of every series is read off its 5m rows.
INSERT INTO market.ledger_derived
    (source, interval, symbol, step_seconds, derived_from, derived_until, ledger_as_of)
SELECT
    arrayJoin({sources:Array(String)}) AS source, coarse.1 AS interval, arrayJoin({symbols:Array(String)}) AS symbol,
    coarse.2 AS step_seconds, [toDateTime({start:UInt32}, 'UTC')] AS derived_from,
    [toDateTime({end:UInt32}, 'UTC')] AS derived_until, now64(3, 'UTC') AS ledger_as_of
FROM (SELECT arrayJoin([('15m', 900), ('1h', 3600), ('4h', 14400), ('1d', 86400)]) AS coarse)
