SELECT '{bi}.kalshi_markets shows ' || symbol || ' ' || toString(count()) || ' times with last row '
    || ifNull(toString(max(last_row)), 'none') || ', and {bi}.open_interest_latest has ' || ifNull(toString(max(newest)), 'none')
    || ': a market must have one row, with the time of its newest observation' AS sentence
FROM {bi}.kalshi_markets
LEFT JOIN
(
    SELECT symbol, toNullable(max(timestamp)) AS newest FROM {bi}.open_interest_latest WHERE source = 'kalshi' GROUP BY symbol
) AS latest USING (symbol)
GROUP BY symbol
HAVING count() > 1 OR max(last_row) IS DISTINCT FROM max(newest)
ORDER BY symbol
LIMIT 5
