SELECT '{bi}.useful_rows shows ' || symbol || ' ' || toString(count()) || ' times with ' || toString(sum(spent_credits))
    || ' credits, and {bi}.credits has ' || toString(any(credits)) || ': each symbol must have one row, with all its credits'
    AS sentence
FROM {bi}.useful_rows
LEFT JOIN (SELECT symbol, sum(spent_credits) AS credits FROM {bi}.credits GROUP BY symbol) AS charged USING (symbol)
GROUP BY symbol
HAVING count() > 1 OR sum(spent_credits) != any(credits)
ORDER BY symbol
LIMIT 5
