-- One source and interval, as bench.dataset has it, each row known a minute after it closed. Every twentieth row is
-- restated a day later by one unit more.
INSERT INTO market.open_interest_observations
SELECT
    timestamp, symbol, {source:String}, {interval:String},
    (5000000 + (intDiv(position, 300) * 37 + length(symbol) * 1009 + {source_number:UInt32} * 503) % 20011)
        * if({source:String} = 'kalshi', 1, 0.01) + restated AS value,
    value * 1000, timestamp + {seconds:UInt32} + 60 + restated * 86400, 'bench'
FROM
(
    SELECT number * {seconds:UInt32} AS position, toDateTime({start:UInt32} + position, 'UTC') AS timestamp
    FROM numbers({points:UInt64})
) AS grid
CROSS JOIN (SELECT arrayJoin({symbols:Array(String)}) AS symbol) AS symbols
ARRAY JOIN if(intDiv(position, {seconds:UInt32}) % 20 = 0, [0, 1], [0]) AS restated
ORDER BY symbol, timestamp, restated
