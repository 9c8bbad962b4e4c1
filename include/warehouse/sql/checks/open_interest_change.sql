SELECT '{bi}.open_interest_change has ' || toString(changes) || ' rows of the last 7 days and {bi}.open_interest has '
    || toString(rows) || ': each row must have its change, and no other' AS sentence
FROM
(
    SELECT
        (SELECT count() FROM {bi}.open_interest_change WHERE timestamp >= now('UTC') - toIntervalDay(7)) AS changes,
        (SELECT count() FROM {bi}.open_interest WHERE timestamp >= now('UTC') - toIntervalDay(7)) AS rows
)
WHERE changes != rows
